"""GitHub, through PyGithub: the only package that imports it, a subject a file."""

from gate.adapters.github.client import Client, Connection, Pace

__all__ = ["Client", "Connection", "Pace"]
