"""How often the gate is wrong, and how long its statistics take: one script a figure, each beside its target."""
