"""Runs models in processes of their own and brings back what they did, never what they thought of it."""

from gate.adapters.runner.runner import LocalRunner
from gate.adapters.runner.suite import LocalSuite

__all__ = ["LocalRunner", "LocalSuite"]
