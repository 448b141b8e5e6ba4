"""GitHub, through PyGithub: the only package that imports it, a subject a file."""

from gate.adapters.github.client import Client, Connection, Pace
from gate.adapters.github.pull_requests import GitHubPullRequests

__all__ = ["Client", "Connection", "GitHubPullRequests", "Pace"]
