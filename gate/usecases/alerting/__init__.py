"""Telling people: what is told to whom, all channels at once, and what is remembered of it."""
