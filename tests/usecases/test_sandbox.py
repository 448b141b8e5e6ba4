"""What is asked for against what is there: never quietly less."""

import pytest

from gate.domain.sandbox import Level, Protection
from gate.domain.settings import SandboxSettings
from gate.errors import ConfigError, ExitCode, GateError
from gate.usecases.sandbox import agree

THERE = Protection(level=Level.SANDBOX, reason="bubblewrap 9")
MISSING = Protection(level=Level.LIMITS, reason="bubblewrap is not installed", advice="install it")


class Rote:
    """Offers what it was told to."""

    def __init__(self, offered):
        self.offered = offered

    def available(self):
        return self.offered


@pytest.mark.parametrize("level", ["required", "preferred"])
def test_a_sandbox_that_is_there_is_used(level, tmp_path):
    agreed = agree(SandboxSettings(level=level), Rote(THERE), tmp_path)
    assert agreed.containment.level is Level.SANDBOX
    assert agreed.environment["sandbox"].startswith("bubblewrap 9: own user, no network")


def test_what_is_required_and_missing_stops_the_gate_with_advice(tmp_path):
    with pytest.raises(GateError, match="there is none: bubblewrap is not installed") as caught:
        agree(SandboxSettings(level="required"), Rote(MISSING), tmp_path)
    assert caught.value.exit_code is ExitCode.GATE_ERROR
    assert caught.value.advice == "install it"


def test_what_is_preferred_and_missing_is_said(tmp_path):
    agreed = agree(SandboxSettings(), Rote(MISSING), tmp_path)
    assert agreed.containment.level is Level.LIMITS
    assert agreed.environment["sandbox"].startswith("none: bubblewrap is not installed; ")


def test_what_is_switched_off_is_not_even_tried_and_is_said(tmp_path):
    agreed = agree(SandboxSettings(level="off"), Rote(None), tmp_path)
    assert agreed.containment.level is Level.LIMITS
    assert agreed.environment["sandbox"].startswith("none: switched off by policy; ")


def test_further_places_are_found_beside_gate_toml(tmp_path):
    (tmp_path / "weights").mkdir()
    agreed = agree(SandboxSettings(read=("weights",)), Rote(THERE), tmp_path)
    assert agreed.containment.policy.read == (str(tmp_path / "weights"),)
    with pytest.raises(ConfigError, match="names nowhere, which is not there"):
        agree(SandboxSettings(read=("nowhere",)), Rote(THERE), tmp_path)
