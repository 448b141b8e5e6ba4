"""Holds the code under test: what it may see, use and leave behind. `docs/sandbox.md` says against whom."""

from gate.adapters.runner.sandbox.probe import LocalSandbox
from gate.adapters.runner.sandbox.start import HOLDERS, Held, start
from gate.adapters.runner.sandbox.task import Task

__all__ = ["HOLDERS", "Held", "LocalSandbox", "Task", "start"]
