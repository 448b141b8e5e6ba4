"""Taking commits back with git, the user's checkout and repository untouched."""

from gate.adapters.git_history.history import GitHistory, address_of, open_history

__all__ = ["GitHistory", "address_of", "open_history"]
