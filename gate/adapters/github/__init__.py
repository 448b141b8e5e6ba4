"""GitHub, through PyGithub: the only package that imports it, a subject a file."""

from gate.adapters.github.client import Client, Connection, Pace
from gate.adapters.github.settings import GitHubSettings

__all__ = ["Client", "Connection", "GitHubSettings", "Pace"]
