"""gate: may a new version of a market-regime model replace the one that trades today?"""

__version__ = "0.1.0"
