"""Taking commits back with git, the user's checkout and repository untouched."""

from gate.adapters.git_history.history import GitHistory, address_of, open_history
from gate.adapters.git_history.ledger import BranchLedger
from gate.adapters.git_history.scratch import scratch, state_of

__all__ = ["BranchLedger", "GitHistory", "address_of", "open_history", "scratch", "state_of"]
