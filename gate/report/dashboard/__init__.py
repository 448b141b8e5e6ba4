"""The dashboard: what is known, as pages. Pure: values in, files out; the clock is passed in."""
