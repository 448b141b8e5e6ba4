"""Publishing a verdict: what is asked, what speaks against a pass, what is then done, and doing it."""
