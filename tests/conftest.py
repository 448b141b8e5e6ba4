"""How examples are drawn where mutants are hunted: always the same ones, and none is made smaller once it failed."""

from hypothesis import Phase, settings

settings.register_profile(
    "mutants", derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)
