"""The gate's CPU rule beside the tools that people use instead: `python -m benchmarks.peers`."""
