"""What finding a culprit costs, and how often it is right: `python -m benchmarks.culprit`."""
