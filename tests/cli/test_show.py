"""What a command prints where nobody says how wide a line may be."""

from gate.cli import show
from gate.domain.selftest import Caught, PlantResult, SelfTest, Tried
from gate.domain.verdict import Outcome, Verdict
from gate.report.selftest import selftest_table

CAUGHT_BY = ("strategy_performance", "training_failures", "invalid_predictions")
RESULT = PlantResult(
    name="no_distribution",
    metric="invalid_predictions",
    words="probabilities sum to 1.01",
    caught=Caught.CAUGHT,
    tried=(Tried(size=1.0, outcome=Outcome.FAIL, verdict=Verdict.BLOCK, caught_by=CAUGHT_BY),),
    seconds=2.8,
)
FOUND = SelfTest(
    control=Verdict.PASS,
    control_reason="",
    results=(RESULT,),
    quick=True,
    seconds=3.0,
    data_sha256="",
    policy_sha256="",
)


def test_a_jobs_log_holds_every_name_whole(capsys, monkeypatch):
    monkeypatch.delenv("COLUMNS", raising=False)
    show.printed(selftest_table(FOUND))
    out = capsys.readouterr().out
    assert all(name in out for name in (RESULT.name, *CAUGHT_BY))


def test_who_says_how_wide_a_line_is_gets_no_wider_one_and_nothing_is_cut_off(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    show.printed(selftest_table(FOUND))
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 60
    assert "…" not in out
