"""A GitHub on loopback; and where mutants are hunted, the same examples always, none made smaller once it failed."""

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "mutants", derandomize=True, database=None, deadline=None, phases=[Phase.explicit, Phase.generate]
)


@pytest.fixture(autouse=True)
def no_history(monkeypatch):
    """What a test judges is no part of the history of whoever runs it."""
    monkeypatch.setenv("GATE_HISTORY", "off")


@pytest.fixture
def hub(tmp_path, socket_enabled):
    """A GitHub on loopback (``tests/hub``); at the end it must not have seen anything that GitHub does not know."""
    from tests.hub import Hub  # noqa: PLC0415  only for the tests that ask for it

    with Hub(tmp_path / "hub") as served:
        yield served
