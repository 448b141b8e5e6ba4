"""GitHub, through PyGithub: the only package that imports it, a subject a file."""

from gate.adapters.github.client import PUBLIC, Client, Connection, Pace
from gate.adapters.github.host import GitHubHost
from gate.adapters.github.incidents import GitHubIssues
from gate.adapters.github.pull_requests import GitHubPullRequests
from gate.adapters.github.settings import GitHubSettings

__all__ = [
    "PUBLIC",
    "Client",
    "Connection",
    "GitHubHost",
    "GitHubIssues",
    "GitHubPullRequests",
    "GitHubSettings",
    "Pace",
]
