"""Where versions come from: git refs exported beside the checkout, each with an environment that runs it."""

from gate.adapters.versions.git_versions import GitVersions

__all__ = ["GitVersions"]
