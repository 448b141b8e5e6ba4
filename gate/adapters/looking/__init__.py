"""Looks at a user's repository: code with `ast`, data by name and first line, git by its own commands."""

from gate.adapters.looking.repository import RepositoryOnDisk
from gate.adapters.looking.workspace import WorkspaceOnDisk

__all__ = ["RepositoryOnDisk", "WorkspaceOnDisk"]
