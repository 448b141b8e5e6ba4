"""What `gate culprit` prints."""

from gate.domain.culprit import Commit, Culprits, Finding, Outcome, Reading, Why
from gate.report.culprit import culprit_text

GOOD = Commit(sha="a" * 40, tree="1", author="Ann", date="2026-01-02T03:04:05+00:00", subject="The start")
BAD = Commit(sha="b" * 40, tree="2", author="Ben", date="2026-02-03T03:04:05+00:00", subject="Smooth it (#41)")
FOUND = Finding(
    metric="repaint",
    outcome=Outcome.FOUND,
    culprit=BAD,
    parent=GOOD,
    pull_request=41,
    reading=Reading(before=0.006, after=0.05, sentence="4.4 pp more"),
    untestable={"c" * 40: "SyntaxError"},
    evaluations=7,
    command=f"gate rollback feature --commit {'b' * 40}",
)


def text(*findings, **changes):
    values = {"good": GOOD, "bad": BAD, "commits": 24, "collapsed": 0, "evaluated": 7, "resumed": 0, "seconds": 31.2}
    return culprit_text(Culprits(**(values | {"findings": findings} | changes)))


def test_a_culprit_is_printed_with_all_that_is_needed_to_take_it_back():
    assert (
        text(FOUND, collapsed=3, resumed=2)
        == f"""\
Repaint: culprit found
  commit     {"b" * 40}
  subject    Smooth it (#41)
  author     Ben, 2026-02-03
  pull req.  #41
  before     0.6% (at aaaaaaaaaaaa)
  after      5.0%
  judged     4.4 pp more
  rests on   7 evaluations, both ends among them
  untestable cccccccccccc SyntaxError
  take back  gate rollback feature --commit {"b" * 40}
searched: 24 commits aaaaaaaaaaaa..bbbbbbbbbbbb, 3 of which change nothing that is measured
this call: 7 evaluations in 31.2 s, 2 answers were known before
after the revert: gate again; where it still fails, gate culprit … --after-revert bbbbbbbbbbbb"""
    )


def test_an_ambiguous_set_is_listed_with_its_reason_and_no_command():
    several = Finding(
        metric="cpu", outcome=Outcome.AMBIGUOUS, reason=Why.TOO_MANY_PAIRS, remaining=(GOOD, BAD), pairs=80
    )  # fmt: skip
    said = text(several, evaluated=0, paired=80)
    assert "CPU: ambiguous, one of 2 commits: nothing is reverted on this" in said
    assert "possible   aaaaaaaaaaaa The start (Ann)" in said
    assert "because    the timings do not tell them apart" in said
    assert "rests on   80 timed pairs" in said
    assert "gate rollback" not in said
    assert "after the revert" not in said


def test_every_reason_for_an_open_answer_has_its_words():
    for why in (Why.HIDDEN_BY_UNTESTABLE, Why.TOO_MANY_PAIRS, Why.NOT_VERIFIED, Why.ENDS_TOO_CLOSE):
        several = Finding(metric="cpu", outcome=Outcome.AMBIGUOUS, reason=why, remaining=(BAD,) * 30)
        said = text(several)
        assert f"because    {why}" not in said
        assert "and 10 more" in said


def test_a_timed_culprit_is_printed_with_its_ratio_and_a_revert_is_left_to_a_person():
    reading = Reading(before=1.0, after=1.5, change=1.5, interval=(1.2, 1.9), sentence="fit")
    timed = Finding(
        metric="cpu", outcome=Outcome.FOUND, culprit=BAD, parent=GOOD, reading=reading, pairs=21, notify_only=True
    )  # fmt: skip
    said = text(timed)
    assert "moved      1.50x of its parent aaaaaaaaaaaa (fit; 99% interval 1.20x to 1.90x)" in said
    assert "take back  the culprit is itself a revert: a person decides" in said


def test_hostile_subjects_stay_on_their_line():
    hostile = Commit(sha="d" * 40, tree="3", author="x\x1b[31m\nA", subject="\x1b]0;x\x07 new\nline \u202e")
    said = text(Finding(metric="repaint", outcome=Outcome.FOUND, culprit=hostile, parent=GOOD))
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert len(said.splitlines()) == 7
