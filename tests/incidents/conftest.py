"""Incidents, and the command as a user calls it."""

import contextlib
import io
import json
import os
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from gate.cli.main import main
from gate.domain.alert import Fact, Severity
from gate.domain.incident import Entry, Incident, Stage, Topic, written
from tests.incidents.book import START, after, alert, entry, files, incident, keeper

__all__ = ["START", "after", "alert", "entry", "files", "incident", "keeper"]
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


# ------------------------------------------------------------------ anything that an incident may hold

WORDS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
TIMES = st.integers(-3600, 10 * 86_400).map(lambda seconds: written(START + timedelta(seconds=seconds)))
ENTRIES = st.builds(
    Entry,
    id=st.integers(0, 12).map(lambda number: f"e{number}"),
    at=TIMES,
    stage=st.sampled_from([None, *Stage]),
    text=WORDS,
    by=WORDS,
    proof=st.sampled_from(["", "reports/rollbacks/a.json", "https://example.invalid/x"]),
    topic=st.sampled_from(list(Topic)),
)
FACTS = st.lists(st.builds(Fact, name=st.sampled_from("abc"), value=st.sampled_from("12")), max_size=3)
INCIDENTS = st.builds(
    Incident,
    id=st.just("2026-03-02-1430-rate"),
    key=st.just("monitor:rate"),
    title=st.sampled_from(["a", "b"]),
    severity=st.sampled_from(list(Severity)),
    opened_at=st.sampled_from([written(START), after(minutes=1)]),
    onset_at=st.sampled_from(["", after(minutes=-9), after(minutes=-8)]),
    version=st.sampled_from(["", "abc"]),
    level=st.sampled_from([None, 1, 2, 3]),
    facts=FACTS.map(tuple),
    entries=st.lists(ENTRIES, max_size=6).map(tuple),
    root_cause=st.sampled_from(["", "x", "y"]),
    closed_at=st.sampled_from(["", after(days=1), after(days=2)]),
    issue=st.sampled_from([None, 3, 5]),
    component=st.sampled_from(["", "Signals"]),
)


# ------------------------------------------------------------------ the command


@dataclass
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def said(self):
        return self.out + self.err


def run(folder, *words, **variables):
    """In this process: the same way in and out, without a second of imports."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr("signal.signal", lambda *_: None)
        for name, value in variables.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main(list(words))
        said = []
        for stream in (out, err):
            stream.flush()
            said.append(stream.buffer.getvalue().decode())
    return Done(left.value.code, *said)


@pytest.fixture(autouse=True)
def nobodys_token(monkeypatch):
    """No credentials or settings of whoever runs the tests."""
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GH_", "GATE_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def gate(tmp_path):
    return lambda *words, **variables: run(tmp_path, *words, **variables)
