"""What the monitor asks for is what `gate rollback propose` does, in a process of its own."""

import time

import pytest

from gate.adapters.rollback_command import RollbackCommand
from gate.domain.alert import Alert, AlertKind, Severity
from gate.errors import GateError
from gate.usecases.monitoring.verdict import verdict_of
from tests.live import NOW, fed, record, stream

ALERT = Alert(
    id="x", key="monitor:strategy_crashes", kind=AlertKind.FIRING, severity=Severity.CRITICAL, at="", title="Crashes"
)


@pytest.fixture
def verdict():
    lines = [*stream(30, change=0.0), record(30, kind="crash", error="SIGSEGV")]
    return verdict_of(fed(lines), NOW, {}, evidence=True)


@pytest.fixture
def merged(empty):
    empty.clock = int(time.time()) - 6000
    empty.commit("the model", model__py="V = 1\n")
    empty.git("switch", "-q", "-c", "feature/hmm-v2")
    empty.commit("hmm v2", model__py="V = 2\n")
    empty.git("switch", "-q", "main")
    empty.merge("feature/hmm-v2")
    empty.push()
    return empty


def test_a_trigger_leads_to_a_plan_and_touches_nothing(merged, verdict):
    before = merged.refs()
    remedy = RollbackCommand(merged.folder, merged.folder / "gate.toml", carry_out=False)
    assert remedy.take_back(verdict, ALERT).startswith("gate rollback proposes: ")
    assert merged.refs() == before


def test_where_nothing_can_be_taken_back_it_is_one_line(tmp_path, verdict):
    with pytest.raises(GateError, match="gate rollback ended with"):
        RollbackCommand(tmp_path, tmp_path / "gate.toml", carry_out=False).take_back(verdict, ALERT)


@pytest.mark.usefixtures("socket_enabled")
def test_where_the_policy_lets_it_a_trigger_opens_one_pull_request(served, monkeypatch):
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    served.repo.clock = int(time.time()) - 6000
    served.repo.git("switch", "-q", "-c", "feature/late")
    served.repo.commit("late", model__py="V = 9\n")
    served.repo.git("switch", "-q", "main")
    served.repo.merge("feature/late")
    served.repo.push()
    lines = [*stream(30, change=0.0), record(30, kind="crash", error="SIGSEGV")]
    verdict = verdict_of(fed(lines), NOW, {}, evidence=True)
    remedy = RollbackCommand(served.repo.folder, served.repo.folder / "gate.toml", carry_out=True)
    assert "carried out" in remedy.take_back(verdict, ALERT)
    remedy.take_back(verdict, ALERT)  # the alert was told again
    assert [state for _, state in served.pulls] == ["open"]
