"""The nouns of the gate: frozen values without behaviour that could surprise."""
