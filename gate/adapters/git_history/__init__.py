"""Taking commits back with git, the user's checkout and repository untouched."""

from gate.adapters.git_history.history import GitHistory, open_history

__all__ = ["GitHistory", "open_history"]
