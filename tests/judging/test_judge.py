from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gate.domain.metric import Comparison, Measurement
from gate.domain.observation import Call, Ending, Loading, Phase
from gate.domain.settings import BenchmarkSettings, ModelSettings, StrategySettings
from gate.domain.verdict import Judgement, Outcome, Reason, Verdict
from gate.domain.version import Role
from gate.judging import judge as judging
from gate.judging.judge import Circumstances, judge_all, level_of, verdict_of
from gate.metrics import registry
from tests.build import BOTH, FIRST, changed, healthy, market, pairs, repeat, run, settings, version, whole

BEFORE, AFTER = Circumstances(), Circumstances(after_merge=True)
HURT = Loading(ending=Ending.RAISED, error="ImportError: no\nmodule")
FINE = Loading(ending=Ending.OK)


def of(answer, metric):
    return next(j for j in answer.judgements if j.metric == metric)


def judged(metric, outcome, *, blocking=True):
    return Judgement(metric=metric, outcome=outcome, reason=Reason.ADVISORY, sentence=f"{metric}.", blocking=blocking)


@pytest.fixture
def only(monkeypatch):
    """Judge some metrics alone: the others take time and say nothing here."""

    def pick(*names):
        monkeypatch.setattr(judging, "ENTRIES", [e for e in registry.ENTRIES if e.metric.name in names])

    return pick


def crashing(window=0):
    return lambda run: tuple(
        msgspec.structs.replace(w, strategy=Phase(ending=Ending.CRASHED, error="SIGSEGV")) if w.index == window else w
        for w in run.windows
    )


# ------------------------------------------------------------------ the whole answer


def test_two_healthy_versions_pass_in_one_line_each_and_the_same_twice():
    calm = judge_all(whole(), BEFORE)
    assert calm.verdict is Verdict.PASS
    assert calm.level is None
    assert calm.reason == "All 15 blocking limits hold."
    assert all(len(j.sentence.splitlines()) == 1 for j in calm.judgements)
    assert judge_all(whole(), BEFORE) == calm


def test_metrics_that_do_not_apply_are_named_after_what_was_not_observed(only):
    only("live_parity")
    answer = judge_all(whole(not_measured=("no live feed",)), BEFORE)
    assert answer.judgements == ()
    assert answer.not_measured == ("no live feed", "Live parity: does not apply here")


def test_the_limit_that_the_user_set_decides_and_the_default_where_none_is_set(only):
    only("regime_change_rate")
    strict = whole(under=settings({"regime_change_rate": {"max": 0.001}}))
    assert of(judge_all(strict, BEFORE), "regime_change_rate").limit.max == 0.001
    left_out = whole(under=msgspec.structs.replace(settings(), limits={}))
    assert of(judge_all(left_out, BEFORE), "regime_change_rate").limit.max == 0.15


def test_the_same_code_is_said_and_nothing_else_is_called_the_same():
    same = whole(versions={role: version(role, tree="t") for role in BOTH})
    assert judge_all(same, BEFORE).reason.endswith("Baseline and candidate are the same code.")
    assert not judging.same_code(whole())
    other_model = settings(candidate_model=ModelSettings(factory="m:Other"))
    assert not judging.same_code(replace(same, settings=other_model))
    unknown = {role: msgspec.structs.replace(version(role), tree_sha256="") for role in BOTH}
    assert not judging.same_code(whole(versions=unknown))
    assert not judging.same_code(whole(versions={Role.CANDIDATE: version(Role.CANDIDATE)}))


def test_the_same_code_is_said_in_a_block_too(only):
    only("cpu")
    same = whole(timed=pairs(9.0), versions={role: version(role, tree="t") for role in BOTH})
    answer = judge_all(same, BEFORE)
    assert answer.verdict is Verdict.BLOCK
    assert "the same code" in answer.reason


def test_no_runs_at_all_pass_nothing():
    answer = judge_all(whole([], roles=BOTH, timed=()), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert not [j for j in answer.judgements if j.blocking and j.outcome is Outcome.PASS]


def test_a_candidate_without_runs_passes_nothing():
    answer = judge_all(whole(healthy([Role.BASELINE]), roles=BOTH, timed=()), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert not [j for j in answer.judgements if j.blocking and j.outcome is Outcome.PASS and j.metric != "repaint"]


# ------------------------------------------------------------------ no baseline


def test_without_a_baseline_nothing_is_decided():
    answer = judge_all(whole(healthy([Role.CANDIDATE]), timed=()), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert of(answer, "memory").sentence == "Memory (model): cannot be compared, there is no baseline"


def test_the_first_version_passes_and_says_what_it_was_not_compared_with():
    alone = whole(healthy([Role.CANDIDATE]), timed=())
    answer = judge_all(alone, Circumstances(first_version=True))
    assert answer.verdict is Verdict.PASS
    blocking = [j for j in answer.judgements if j.blocking]
    alone = [j for j in blocking if j.reason is Reason.NO_BASELINE]
    assert answer.reason == (
        f"First version: {len(blocking) - len(alone)} blocking limits hold, "
        f"{len(alone)} could not be compared with a baseline."
    )
    assert of(answer, "strategy_performance").outcome is Outcome.WARN
    assert of(answer, "cpu").outcome is Outcome.WARN
    assert of(answer, "memory").outcome is Outcome.WARN


def test_a_suite_that_had_nothing_to_be_compared_with_says_so_and_a_first_version_is_excused():
    under = settings(benchmarks=BenchmarkSettings(paths=("benchmarks",)))
    alone = whole(healthy([Role.CANDIDATE]), timed=(), under=under)
    (judgement,) = judging.benchmarks(alone, BEFORE)
    assert judgement.sentence == "Benchmark suite: cannot be compared, there is no baseline"
    (excused,) = judging.benchmarks(alone, Circumstances(first_version=True))
    assert (excused.outcome, excused.reason) == (Outcome.WARN, Reason.NO_BASELINE)


def test_a_baseline_that_does_not_load_is_no_first_version(only):
    only("memory", "regime_change_rate")
    alone = whole(healthy([Role.CANDIDATE]), loading={Role.BASELINE: HURT, Role.CANDIDATE: FINE}, timed=())
    answer = judge_all(alone, Circumstances(first_version=True))
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "does not load" in of(answer, "memory").sentence


@pytest.mark.parametrize("loading", [{}, {Role.BASELINE: HURT}])
def test_nothing_is_rolled_back_to_a_baseline_that_is_not_there(only, loading):
    only("regime_change_rate")
    runs = changed(healthy([Role.CANDIDATE]), Role.CANDIDATE, state=flipping)
    answer = judge_all(whole(runs, loading={Role.CANDIDATE: FINE, **loading}), AFTER)
    assert of(answer, "regime_change_rate").outcome is Outcome.FAIL
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert answer.level is None


# ------------------------------------------------------------------ loading


def test_a_candidate_that_does_not_load_blocks():
    broken = whole(healthy([Role.BASELINE]), loading={Role.BASELINE: FINE, Role.CANDIDATE: HURT}, timed=())
    answer = judge_all(broken, BEFORE)
    assert answer.verdict is Verdict.BLOCK
    judgement = of(answer, "strategy_crashes")
    assert (judgement.reason, judgement.limit) == (Reason.DOES_NOT_LOAD, registry.DEFAULT_LIMITS["strategy_crashes"])
    assert judgement.sentence == "The candidate does not load: ImportError: no module"
    assert judge_all(broken, AFTER).level == 2


def test_where_neither_loads_there_is_no_answer(only):
    only("strategy_crashes")
    answer = judge_all(whole([], loading=dict.fromkeys(BOTH, HURT), roles=BOTH), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE
    judgement = of(answer, "strategy_crashes")
    assert judgement.reason is Reason.BASELINE_SICK
    assert judgement.sentence == (
        "The candidate does not load: ImportError: no module; the baseline does not load (ImportError: no module)"
    )


def test_a_first_version_that_does_not_load_blocks(only):
    only("strategy_crashes")
    answer = judge_all(whole([], loading={Role.CANDIDATE: HURT}, roles=[Role.CANDIDATE]), BEFORE)
    assert answer.verdict is Verdict.BLOCK


# ------------------------------------------------------------------ crashes


def test_one_crash_that_the_baseline_survives_blocks(only):
    only("strategy_crashes")
    runs = healthy()
    runs = [replace(r, windows=crashing(3)(r)) if (r is runs[1]) else r for r in runs]
    answer = judge_all(whole(runs), BEFORE)
    assert answer.verdict is Verdict.BLOCK
    assert of(answer, "strategy_crashes").candidate == 1
    assert "SIGSEGV" in answer.reason


def test_a_crash_that_the_baseline_shares_proves_nothing(only):
    only("strategy_crashes")
    runs = changed(changed(healthy(), Role.CANDIDATE, windows=crashing(3)), Role.BASELINE, windows=crashing(3))
    answer = judge_all(whole(runs), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE


def test_a_crash_of_the_baseline_in_another_window_excuses_nothing(only):
    only("strategy_crashes")
    runs = changed(changed(healthy(), Role.CANDIDATE, windows=crashing(3)), Role.BASELINE, windows=crashing(4))
    assert judge_all(whole(runs), BEFORE).verdict is Verdict.BLOCK


def test_a_baseline_that_crashes_does_not_block_a_candidate_that_survives(only):
    only("strategy_crashes")
    assert judge_all(whole(changed(healthy(), Role.BASELINE, windows=crashing())), BEFORE).verdict is Verdict.PASS


# ------------------------------------------------------------------ the nine, each by itself


def raising(share):
    def call(run):
        found = run.call.copy()
        found[: int(share * len(found))] = Call.RAISED
        return found

    return call


def flipping(run):
    return np.where(np.arange(len(run.state)) % 4 == 0, (run.state + 1) % 3, run.state).astype(np.int32)


def trading(runs, worth):
    """The baseline's strategy knows what comes, by `worth`; the candidate's knows the opposite."""

    def position(run):
        close = market(run.key.symbol, bars=410, seed="AB".find(run.key.symbol)).close
        return (
            worth * np.sign(np.diff(close))[FIRST : FIRST + len(run.bar)] * (1 if run.key.role is Role.BASELINE else -1)
        )

    runs = changed(changed(runs, Role.BASELINE, position=position), Role.CANDIDATE, position=position)
    return whole(runs, under=settings(strategy=StrategySettings(function="m:strategy")))


def worse(metric):
    runs = healthy()
    if metric == "cpu":
        return whole(runs, timed=pairs(5.0))
    if metric == "memory":
        heavy = msgspec.structs.replace(runs[0].memory, fit_peak=runs[0].memory.rest + 40 * 2**20)
        return whole(changed(runs, Role.CANDIDATE, memory=heavy))
    if metric == "determinism":
        return whole(runs, repeats=tuple(repeat(r, differ=r.key.role is Role.CANDIDATE) for r in runs))
    if metric == "strategy_performance":
        return trading(runs, 1.0)
    failed = Phase(ending=Ending.RAISED, error="LinAlgError")
    changes = {
        "regime_change_rate": {"state": flipping},
        "confidence": {"posterior": lambda r: np.full_like(r.posterior, 1 / 3)},
        "training_failures": {
            "windows": lambda r: tuple(msgspec.structs.replace(w, fit=failed) if w.index < 5 else w for w in r.windows)
        },
        "prediction_errors": {"call": raising(0.02)},
        "invalid_predictions": {
            "posterior": lambda r: r.posterior * np.where(np.arange(len(r.bar)) % 8, 1, 2)[:, None]
        },
        "input_mutation": {
            "windows": lambda r: tuple(msgspec.structs.replace(w, mutated=w.index == 0) for w in r.windows)
        },
        "memory_growth": {"rss_bytes": lambda r: r.rss_bytes + 5000 * r.rss_calls.astype(np.int64)},
        "informativeness": {"state": lambda r: np.random.default_rng(0).permutation(r.state)},
        "repaint": {"tail": lambda r: np.where(np.arange(10) < 9, (r.tail + 1) % 3, r.tail)},
    }
    return whole(changed(runs, Role.CANDIDATE, **changes[metric]))


@pytest.mark.parametrize(
    "metric",
    [
        "regime_change_rate",
        "confidence",
        "strategy_performance",
        "memory",
        "cpu",
        "training_failures",
        "prediction_errors",
        "invalid_predictions",
        "repaint",
        "determinism",
        "input_mutation",
        "memory_growth",
        "informativeness",
    ],
)
def test_a_breach_of_any_limit_blocks_before_the_merge_and_rolls_back_after_it(metric, only):
    only(metric)
    evidence = worse(metric)
    answer = judge_all(evidence, BEFORE)
    assert of(answer, metric).outcome is Outcome.FAIL
    assert answer.verdict is Verdict.BLOCK
    assert answer.reason == f"{of(answer, metric).sentence}."
    after = judge_all(evidence, AFTER)
    assert after.verdict is Verdict.ROLL_BACK
    assert after.level == (2 if metric in judging.CRITICAL else 1)


@pytest.mark.parametrize(
    ("bounds", "outcome", "verdict"),
    [
        ({}, Outcome.NO_DATA, Verdict.INCONCLUSIVE),
        ({"rule": "evidence"}, Outcome.WARN, Verdict.PASS),
        ({"blocking": False}, Outcome.WARN, Verdict.PASS),
    ],
)
def test_after_the_merge_a_breach_that_chance_explains_is_left_open_where_the_value_alone_decides(
    only, bounds, outcome, verdict
):
    only("prediction_errors")
    evidence = whole(
        changed(healthy(), Role.CANDIDATE, call=raising(0.0125)), under=settings({"prediction_errors": bounds})
    )
    answer = judge_all(evidence, AFTER)
    judgement = of(answer, "prediction_errors")
    assert (judgement.outcome, judgement.reason) == (outcome, Reason.NOT_SHOWN_BY_EVIDENCE)
    assert answer.verdict is verdict
    before = of(judge_all(evidence, BEFORE), "prediction_errors")
    assert before.outcome is (Outcome.WARN if bounds else Outcome.FAIL)


# ------------------------------------------------------------------ the luck of the seeds


def test_how_often_a_limit_that_blocks_fires_on_identical_code_is_told(only):
    only("regime_change_rate")
    runs = changed(healthy(), Role.BASELINE, state=lambda run: flipping(run) if run.key.seed else run.state)
    answer = judge_all(whole(runs), BEFORE)
    assert of(answer, "regime_change_rate").false_alarms == pytest.approx(3 / 4, abs=0.03)  # one seed of two is beyond
    advisory = judge_all(whole(runs, under=settings({"regime_change_rate": {"blocking": False}})), BEFORE)
    assert of(advisory, "regime_change_rate").false_alarms is None


@pytest.mark.parametrize(
    ("certainty", "alarms", "said"),
    [
        ("", 0.3, "the baseline itself, under other seeds, would breach this limit in 30%"),
        ("sure", 0.06, "sure; the baseline itself, under other seeds, would breach this limit in 6%"),
        ("sure", judging.DOUBTFUL, "sure"),
        ("sure", None, "sure"),
    ],
)
def test_a_breach_is_less_sure_where_identical_code_breaches_often(certainty, alarms, said):
    breach = msgspec.structs.replace(judged("m", Outcome.FAIL), certainty=certainty)
    found = judging.with_luck(breach, alarms)
    assert (found.certainty, found.false_alarms) == (said, alarms)
    held = msgspec.structs.replace(breach, outcome=Outcome.PASS)
    assert judging.with_luck(held, alarms).certainty == certainty


def test_a_strategy_that_got_better_passes(only):
    only("strategy_performance")
    assert judge_all(trading(healthy(), -1.0), BEFORE).verdict is Verdict.PASS


def test_cpu_and_memory_are_held_part_by_part(only):
    only("cpu", "memory")
    answer = judge_all(worse("cpu"), BEFORE)
    parts = {part.name: part.outcome for part in of(answer, "cpu").parts}
    assert parts == {
        "fit": Outcome.FAIL,
        "predict": Outcome.FAIL,
        "whole process": Outcome.PASS,
        "imports": Outcome.PASS,
    }
    assert [part.name for part in of(answer, "memory").parts] == ["model", "whole process"]


def test_a_cpu_part_that_nobody_spends_anything_on_is_not_compared(only):
    only("cpu")
    tiny = whole(timed=pairs(9.0, fit=1e-4, predict=1e-4))
    assert judge_all(tiny, BEFORE).verdict is Verdict.PASS


def test_without_timed_pairs_cpu_has_no_answer_and_says_why(only):
    only("cpu")
    answer = judge_all(whole(timed=(), timing_error="the machine slept"), BEFORE)
    assert answer.verdict is Verdict.INCONCLUSIVE
    assert "the machine slept" in answer.reason


# ------------------------------------------------------------------ floors and quick looks


def test_a_quick_look_stays_under_the_floors(only):
    only("training_failures", "prediction_errors", "invalid_predictions")
    few = healthy(seeds=1, bars=20, windows=2)
    assert judge_all(whole(few), BEFORE).verdict is Verdict.INCONCLUSIVE
    assert judge_all(whole(few, quick=True), BEFORE).verdict is Verdict.PASS


# ------------------------------------------------------------------ from judgements to a verdict


@pytest.mark.parametrize(
    ("outcomes", "verdict"),
    [
        ([], Verdict.PASS),
        ([Outcome.PASS, Outcome.WARN], Verdict.PASS),
        ([Outcome.NO_DATA, Outcome.PASS], Verdict.INCONCLUSIVE),
        ([Outcome.FLAKY, Outcome.PASS], Verdict.INCONCLUSIVE),
        ([Outcome.ERROR, Outcome.NO_DATA], Verdict.GATE_ERROR),
        ([Outcome.FAIL, Outcome.ERROR, Outcome.NO_DATA], Verdict.BLOCK),
    ],
)
def test_the_worst_outcome_is_the_verdict(outcomes, verdict):
    judgements = [judged(str(i), outcome) for i, outcome in enumerate(outcomes)]
    assert verdict_of(judgements, BEFORE) is verdict
    assert verdict_of(judgements[::-1], BEFORE) is verdict
    advisory = [judged(j.metric, j.outcome, blocking=False) for j in judgements]
    assert verdict_of(advisory, BEFORE) is Verdict.PASS


def test_a_rollback_names_the_feature_or_the_version():
    def breaches(*names):
        return [judged(name, Outcome.FAIL) for name in names]

    assert level_of([judged("cpu", Outcome.NO_DATA)]) is None
    assert level_of(breaches("confidence")) == 1
    assert level_of(breaches("confidence", "cpu")) == 1
    assert level_of(breaches("confidence", "cpu", "memory")) == 2
    assert level_of(breaches("strategy_crashes")) == 2
    assert level_of([*breaches("confidence"), judged("strategy_crashes", Outcome.FAIL, blocking=False)]) == 1


def test_the_reason_names_the_first_cause_and_counts_the_rest():
    causes = [judged("a", Outcome.WARN), judged("b", Outcome.FAIL), judged("c", Outcome.FAIL)]
    assert judging.reason_of(Verdict.BLOCK, causes) == "b. (and 1 more)."


def test_what_failed_is_named_before_what_could_not_be_measured_for_it():
    causes = [
        msgspec.structs.replace(judged("a", Outcome.NO_DATA), reason=Reason.NO_OBSERVATION),
        msgspec.structs.replace(judged("b", Outcome.NO_DATA), reason=Reason.NOT_A_NUMBER),
        msgspec.structs.replace(judged("c", Outcome.NO_DATA), reason=Reason.BASELINE_SICK),
    ]
    assert judging.reason_of(Verdict.INCONCLUSIVE, causes) == "c. (and 2 more)."


def constant(role, label):
    return run(role, states=np.zeros(200, dtype=int), labels=(label,), numeric=False, posterior=None)


def test_where_both_versions_bear_one_label_on_every_bar_nothing_is_shown_to_be_as_good(only):
    only("informativeness")
    same = judge_all(whole([constant(role, "unknown") for role in BOTH]), BEFORE)
    assert same.verdict is Verdict.INCONCLUSIVE
    assert "the candidate says 'unknown' on every bar" in same.reason
    (said,) = same.judgements
    assert (said.metric, said.reason, said.blocking) == ("informativeness", Reason.BASELINE_SICK, True)
    assert said.limit == registry.DEFAULT_LIMITS["informativeness"]
    assert said.sentence.endswith("; see whether it is given what it expects ([model] input, columns)")
    other = judge_all(whole([constant(Role.BASELINE, "bull"), constant(Role.CANDIDATE, "bear")]), BEFORE)
    assert "says 'bear' where the baseline says 'bull' on every bar" in other.reason


def test_where_nothing_could_be_measured_that_is_the_reason_and_not_the_one_label(only):
    only("informativeness")
    still = {"A": market(close=np.full(FIRST + 220, 7.0))}
    (said,) = judge_all(whole([constant(role, "unknown") for role in BOTH], markets=still), BEFORE).judgements
    assert (said.outcome, said.reason) == (Outcome.NO_DATA, Reason.NO_OBSERVATION)
    (entry,) = judging.ENTRIES
    empty = whole([constant(role, "unknown") for role in BOTH])
    assert judging.says_one_thing(entry, empty, None) is None


def test_the_other_metrics_of_an_empty_detector_keep_their_own_words():
    answer = judge_all(whole([constant(role, "unknown") for role in BOTH]), BEFORE)
    assert [judgement.metric for judgement in answer.judgements if "on every bar" in judgement.sentence] == [
        "informativeness"
    ]


def test_where_the_baseline_tells_states_apart_an_empty_candidate_is_held_against_it(only):
    only("informativeness")
    answer = judge_all(whole([*healthy([Role.BASELINE]), constant(Role.CANDIDATE, "unknown")]), BEFORE)
    assert "on every bar" not in answer.reason


def test_a_measurement_keeps_its_own_note():
    own = Measurement(metric="m", role=Role.CANDIDATE, value=None, note="mine")
    assert judging.with_note(own, []).note == "mine"


def test_where_there_is_no_value_the_comparison_says_why():
    silent = Measurement(metric="m", role=Role.CANDIDATE, value=None)
    fine = Comparison(metric="m", change=1.0, kind="ratio", note="by the way")
    mute = Comparison(metric="m", change=None, kind="ratio")
    cause = Comparison(metric="m", change=None, kind="ratio", note="no pair")
    assert judging.with_note(silent, [fine, mute, cause]).note == "no pair"
    assert judging.with_note(silent, [fine, mute]).note == ""


@pytest.mark.parametrize(("certainty", "said"), [("low confidence: the interval", "(low confidence)."), ("sure", "b.")])
def test_the_one_sentence_says_that_it_is_of_low_confidence(certainty, said):
    judgement = Judgement(
        metric="cpu", outcome=Outcome.FAIL, reason=Reason.WORSE_THAN_BASELINE, sentence="b", blocking=True,
        certainty=certainty,
    )  # fmt: skip
    assert judging.reason_of(Verdict.BLOCK, [judgement]).endswith(said)
