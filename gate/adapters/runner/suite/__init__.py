"""Runs the user's own pytest-benchmark suite, one turn after the other, and reads what it says of itself."""

from gate.adapters.runner.suite.suite import LocalSuite

__all__ = ["LocalSuite"]
