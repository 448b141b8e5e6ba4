from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gate.domain.limit import Limit
from gate.domain.metric import Metric, Unit
from gate.domain.verdict import DataRecord, Judgement, Outcome, Part, Reason, Verdict, VerdictRecord, VersionRecord
from gate.report import wording
from gate.report.markdown import LARGEST, render
from tests.report import records

SNAPSHOTS = Path(__file__).parent / "snapshots"


@pytest.mark.parametrize("name", records.RECORDS)
def test_the_report_is_what_was_last_looked_at(name, request):
    """To renew a snapshot: delete its file, run the tests twice, look at the difference."""
    written = render(records.RECORDS[name], records.METRICS, None, ("pictures/regimes.png",), records.REPRODUCE)
    snapshot = SNAPSHOTS / f"{name}.md"
    if not snapshot.exists():
        snapshot.parent.mkdir(exist_ok=True)
        snapshot.write_text(written, encoding="utf-8")
        pytest.fail(f"{snapshot.name} was written: look at it")
    assert written == snapshot.read_text(encoding="utf-8")


def test_somebody_can_decide_from_the_first_five_lines():
    first = "\n".join(render(records.BLOCK, records.METRICS).splitlines()[:5])
    for needed in ("BLOCK", "Do not merge", "22.4%", "15%", "Level 2 · Version Rollback", "✅ 9 passed"):
        assert needed in first


def test_breaches_stand_before_open_questions_before_warnings_before_all_metrics():
    written = render(records.BLOCK, records.METRICS)
    places = [written.index(title) for title in ("### ❌", "### ❓", "### ⚠️", "All 14 metrics", "Data, policy")]
    assert places == sorted(places)


def test_a_quick_pass_never_reads_as_a_success():
    first = render(msgspec.structs.replace(records.PASS, quick=True), records.METRICS).splitlines()[:8]
    assert "(quick)" in first[0]
    assert "Free to merge" not in "\n".join(first)
    assert "never published as a success" in "\n".join(first)


@pytest.mark.parametrize(
    ("warned", "said"),
    [
        (1, "**Free to merge.** Read the warning below first; it does not block."),
        (2, "**Free to merge.** Read the 2 warnings below first; they do not block."),
    ],
)
def test_one_warning_is_one_and_two_are_two(warned, said):
    judgements = [
        msgspec.structs.replace(one, outcome=Outcome.WARN if place < warned else one.outcome)
        for place, one in enumerate(records.PASS.judgements)
    ]
    record = msgspec.structs.replace(records.PASS, judgements=tuple(judgements))
    assert said in render(record, records.METRICS)


def test_the_same_code_on_both_sides_is_said():
    same = msgspec.structs.replace(records.PASS, candidate=records.PASS.baseline)
    assert "the same code" in render(same, records.METRICS)


def test_a_missing_baseline_is_said():
    assert "No baseline" in render(records.GATE_ERROR, records.METRICS)


def test_a_metric_that_nobody_registered_is_still_shown():
    assert "**brand_new**" in render(_with_names("brand_new"), {})


def test_every_verdict_has_words_for_every_level():
    for verdict in Verdict:
        for level in (None, 1, 2, 3, 9):
            written = render(msgspec.structs.replace(records.BLOCK, verdict=verdict, level=level), records.METRICS)
            assert written.startswith("## ")


def test_the_failing_part_is_what_the_headline_shows():
    assert "CPU time 4.12x (limit ≤ 3x)" in render(records.BLOCK, records.METRICS)


@pytest.mark.parametrize("reason", Reason)
def test_an_open_question_says_how_to_get_an_answer(reason):
    opened = records.judged("cpu", 1.0, None, Limit(), outcome=Outcome.NO_DATA, reason=reason)
    record = msgspec.structs.replace(records.INCONCLUSIVE, judgements=(opened,))
    assert "To get an answer: " in wording.action(record)[1]


def test_diagrams_are_small_and_named():
    written = render(records.BLOCK, records.METRICS, records.series(16))
    assert written.count("```mermaid") == 4
    assert "14 more not drawn" in written
    assert len(written) < 20_000


def test_the_limit_is_drawn_into_the_diagram_of_regime_changes():
    assert 'line "limit" [15, 15]' in render(records.BLOCK, records.METRICS, records.series(1))


def _with_names(text):
    part = Part(name=text, baseline=1e300, candidate=-1e-300, change=1 / 3, interval=(-1 / 3, 1e308), sentence=text)
    limit = Limit(max=1 / 3, min=1e-300, max_ratio=1e300, max_worse=2 / 3, max_increase=1 / 7)
    judgement = Judgement(
        metric=text,
        outcome=Outcome.FAIL,
        reason=Reason.ABOVE_LIMIT,
        sentence=text,
        blocking=True,
        baseline=1 / 3,
        candidate=1 / 7,
        change=1 / 9,
        change_kind="relative",
        limit=limit,
        interval=(1 / 3, 1e300),
        n=10**18,
        certainty=text,
        parts=(part,) * 40,
    )
    version = VersionRecord(ref=text, sha=text, factory=text, dirty=True, environment=text)
    outcomes = (Outcome.FAIL, Outcome.NO_DATA, Outcome.WARN, Outcome.ERROR, Outcome.FLAKY, Outcome.PASS)
    every = tuple(msgspec.structs.replace(judgement, outcome=outcome) for outcome in outcomes for _ in range(60))
    return VerdictRecord(
        verdict=Verdict.BLOCK,
        level=1,
        reason=text,
        judgements=every,
        baseline=version,
        candidate=version,
        data=DataRecord(symbols=(text,) * 300, bars=10**15, sha256=text, sources=(text,) * 300),
        policy_sha256=text,
        environment={f"{text}{index}": text for index in range(300)},
        not_measured=(text,) * 300,
        seconds={f"{index}{text}": 1e9 for index in range(300)},
    )


WORST = ["&" * 3000, "|`@" * 1000, "🔥" * 3000, "中|" * 2000, "\u0301" * 3000, "\ud800" * 3000, "<!-- -->" * 500]


@pytest.mark.parametrize("text", WORST)
def test_the_worst_text_everywhere_still_fits_into_a_comment(text):
    named = Metric(name=text, title=text, unit=Unit.BYTES, direction="lower is better", explains=text)
    series = records.series(3)
    pictures = [f"pictures/{text}.png".encode(errors="replace").decode()] * 300
    written = render(_with_names(text), {text: named}, series, pictures, text * 5)
    assert len(written.encode()) <= LARGEST
    assert "more" in written


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=400))
def test_the_renderer_is_total_on_hostile_text(text):
    written = render(_with_names(text), {}, None, [text], text)
    assert len(written.encode()) <= LARGEST
    assert "<!--" not in written
    assert written.count("<details") == written.count("</details>") == 2
