"""What this interpreter has installed, under one name: other packages may give other numbers."""

import hashlib
import json
import sys
from importlib.metadata import distributions


def installed() -> str:
    """Return a hash of the interpreter and of every distribution's name and version."""
    packages = sorted({(found.name or "", found.version or "") for found in distributions()})
    return hashlib.sha256(json.dumps([sys.version, sys.executable, packages]).encode()).hexdigest()
