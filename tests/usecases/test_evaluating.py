"""What one evaluation is asked for, and what is read of it."""

import math
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from gate.domain.culprit import Commit
from gate.domain.observation import Call, Ending, Phase
from gate.domain.settings import BenchmarkSettings, CalibrationSettings, ModelSettings, VersionSettings
from gate.domain.version import Role
from gate.metrics.resources import WHOLE
from gate.usecases.evaluating import at, files_named, log_ratio, problem, timed_out, trimmed, weight_of, without_refs
from tests.build import MIB, observations, run, settings

GOOD, BAD = Commit(sha="a" * 40, tree="1"), Commit(sha="b" * 40, tree="2")
WHOLE_SETTINGS = settings(benchmarks=BenchmarkSettings(paths=("bench",)))


def test_both_sides_are_the_candidates_model_at_their_own_commit():
    asked = settings(
        baseline=VersionSettings(ref="v0", path="elsewhere"),
        baseline_model=ModelSettings(factory="old:Model"),
        candidate_model=ModelSettings(factory="new:Model"),
    )
    placed = at(asked, GOOD, BAD)
    assert (placed.baseline.ref, placed.candidate.ref) == (GOOD.sha, BAD.sha)
    assert placed.baseline.path is None
    assert placed.baseline_model == placed.candidate_model == ModelSettings(factory="new:Model")


def test_a_commit_without_what_was_reverted_comes_from_its_own_repository():
    without = Commit(sha="b" * 40, tree="3", folder="/private", ref="c" * 40)
    placed = at(settings(), GOOD, without)
    assert (placed.candidate.path, placed.candidate.ref) == ("/private", "c" * 40)
    assert placed.baseline.path is None


def test_what_the_metrics_do_not_need_is_left_out():
    lean = trimmed(WHOLE_SETTINGS, ("repaint",))
    assert not lean.calibration.enabled
    assert lean.benchmarks == BenchmarkSettings()
    assert (lean.timing.pairs_min, lean.timing.pairs_max) == (1, 1)
    assert (lean.run, lean.limits["repaint"]) == (WHOLE_SETTINGS.run, WHOLE_SETTINGS.limits["repaint"])
    kept = trimmed(WHOLE_SETTINGS, ("calibration", "benchmark:fit"))
    assert (kept.calibration, kept.benchmarks) == (CalibrationSettings(), WHOLE_SETTINGS.benchmarks)
    assert trimmed(WHOLE_SETTINGS, None) == WHOLE_SETTINGS


def test_neither_refs_nor_the_number_of_jobs_are_part_of_the_policy():
    several = msgspec.structs.replace(
        WHOLE_SETTINGS,
        candidate=VersionSettings(ref="x"),
        baseline=VersionSettings(ref="y"),
        run=msgspec.structs.replace(WHOLE_SETTINGS.run, jobs=7),
    )
    assert without_refs(several) == without_refs(WHOLE_SETTINGS)


@pytest.mark.parametrize(
    ("model", "files"),
    [
        ({"factory": "model:Detector"}, ["model/__init__.py", "model.py"]),
        ({"factory": "src.hmm:D"}, ["src/__init__.py", "src/hmm/__init__.py", "src/hmm.py"]),
        ({"fit": "a:fit", "predict": "a:label"}, ["a/__init__.py", "a.py"]),
        ({"factory": "file.py:D"}, []),
    ],
)
def test_the_files_of_the_named_modules_are_looked_at(model, files):
    assert files_named(settings(candidate_model=ModelSettings(**model))) == files


@pytest.mark.parametrize("text", [b"class A(:", b"x = 1\0", b"# coding: nothing\nx = 1", b"\xff\xfe", b"(" * 5000])
def test_a_file_that_does_not_parse_is_said_in_one_line(text):
    said = problem("m.py", text)
    assert "m.py" in said
    assert "\n" not in said


def test_a_file_that_parses_is_no_problem_whatever_it_warns_of():
    assert problem("m.py", b'# coding: latin-1\nx = "\\d \xe9"\nassert (x, 1)\n') == ""


def test_a_time_out_anywhere_in_the_candidate_is_seen_and_the_baselines_is_not():
    ours, theirs = run(Role.BASELINE), run(Role.CANDIDATE)
    late = np.where(np.arange(200) == 3, Call.TIMED_OUT, Call.OK).astype(np.int8)
    hung = {0: {"fit": Phase(ending=Ending.TIMED_OUT)}}
    assert not timed_out(observations([ours, theirs]))
    assert timed_out(observations([ours, replace(theirs, call=late)]))
    assert timed_out(observations([ours, run(Role.CANDIDATE, phases=hung)]))
    assert not timed_out(observations([replace(ours, call=late), theirs]))


def test_memory_is_the_models_own_peak_and_the_whole_processs_and_nothing_where_a_fit_failed():
    assert weight_of(run()) == {"model": 4.0 * MIB, WHOLE: 204.0 * MIB}
    assert weight_of(run(memory=None)) == {}
    assert weight_of(run(phases={0: {"fit": Phase(ending=Ending.CRASHED)}})) == {}


def test_below_the_floor_everything_is_the_same():
    limit = settings().limits["memory"]
    assert log_ratio(2.0 * MIB, 1.0 * MIB, limit) == 0.0
    assert log_ratio(64.0 * MIB, 1.0 * MIB, limit) == pytest.approx(math.log(4.0))
