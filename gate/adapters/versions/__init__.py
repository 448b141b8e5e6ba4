"""Where versions come from: git refs exported beside the checkout, each with an environment that runs it."""

from gate.adapters.versions.git_versions import GitVersions
from gate.adapters.versions.history import GitHistory

__all__ = ["GitHistory", "GitVersions"]
