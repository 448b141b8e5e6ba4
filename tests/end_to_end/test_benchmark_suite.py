"""A stranger's own pytest-benchmark suite, at two git refs of the stranger's repository."""

import json

import pytest

from gate.usecases.plan import QUICK_PAIRS

WORK = """
now = 0.0

def ticks():
    global now
    now += 1e-9
    return now

def work(size):
    global now
    now += 1e-8 * size
    return sum(range(size))
"""
"""Work that is counted instead of timed: what is asked here is no question of how busy the machine is."""
HEAD = """
import pytest

from gate.usecases.plan import QUICK_PAIRS
from work import ticks, work

pytestmark = pytest.mark.benchmark(timer=ticks)
"""
TESTS = f"""
{HEAD}

def test_same(benchmark):
    benchmark(work, 3000)
def test_slow(benchmark):
    benchmark(work, 3000)
def test_twice(benchmark):
    benchmark(work, 3000)
@pytest.mark.parametrize("size", [1000])
def test_twice_and_held_tightly(benchmark, size):
    benchmark(work, 3 * size)
"""
MORE = f"""
{HEAD}

def test_removed(benchmark):
    benchmark(work, 3000)
def test_failing(benchmark):
    assert benchmark(work, 3000) == 4498500
"""
CONFIG = """
[limits.cpu]
blocking = false        # two pairs on a busy machine: not what is asked here

[benchmarks]
paths = ["speed"]
max_time = 0.05

[benchmarks.limits]
"test_twice_and_held_tightly[*]" = { max_ratio = 1.5 }
"""
ONE = f"{HEAD}\ndef test_same(benchmark):\n    benchmark(work, 3000)\n"


@pytest.fixture
def suite(repository):
    """The repository with a suite and few windows to run; call it to write files into it."""
    config = (repository.folder / "gate.toml").read_text().replace("windows = 30", "windows = 2") + CONFIG
    (repository.folder / "speed").mkdir()
    (repository.folder / "work.py").write_text(WORK)

    def write(**files):
        for name, text in files.items():
            (repository.folder / "speed" / f"{name}.py").write_text(text)

    def commit(message, tag=None):
        (repository.folder / ".gitignore").write_text(".cache\nout\n")
        repository.commit(message)
        repository.git("add", "-A")
        repository.git("commit", "-q", "--amend", "-m", message)
        if tag:
            repository.git("tag", tag)

    (repository.folder / "gate.toml").write_text(config)
    repository.write, repository.commit_all = write, commit
    return repository


def outcomes(done):
    named = {j["metric"]: (j["outcome"], j["reason"]) for j in done.verdict["judgements"]}
    return {name.removeprefix("benchmark:"): said for name, said in named.items() if name.startswith("benchmark")}


def test_each_benchmark_is_held_against_its_own_limit(suite):
    suite.write(test_speed=TESTS, test_more=MORE)
    suite.commit_all("v1", tag="v1.0.0")
    slower = TESTS.replace(
        "test_slow(benchmark):\n    benchmark(work, 3000)", "test_slow(benchmark):\n    benchmark(work, 30000)"
    )
    slower = slower.replace(
        "test_twice(benchmark):\n    benchmark(work, 3000)", "test_twice(benchmark):\n    benchmark(work, 6300)"
    )
    slower = slower.replace("3 * size", "6 * size")
    more = MORE.replace("test_removed", "test_new").replace("== 4498500", "== 0")
    suite.write(test_speed=slower, test_more=more)
    (suite.folder / "README").write_text("v2")
    suite.git("add", "-A")
    suite.git("commit", "-qm", "v2")

    done = suite.run("--quick", "--baseline", "v1.0.0", "--candidate", "HEAD")
    assert done.code == 1, done.out + done.err
    said = outcomes(done)
    assert said["test_slow"] == ("FAIL", "WORSE_THAN_BASELINE")
    assert said["test_twice_and_held_tightly[1000]"] == ("FAIL", "WORSE_THAN_BASELINE")
    assert said["test_twice"] == ("WARN", "DRIFT"), "3x holds, and 1.25x is remarked"
    assert said["test_same"] == ("PASS", "WITHIN_LIMIT")
    assert said["test_removed"] == ("NO_DATA", "NO_OBSERVATION")
    assert said["test_failing"] == ("FAIL", "CRASHED")
    assert said["test_new"] == ("PASS", "ADVISORY")
    slow = done.judgement("benchmark:test_slow")
    assert slow["change"] == pytest.approx(10, rel=0.01)
    assert slow["candidate"] == pytest.approx(3e-4, rel=0.01), "seconds of one iteration"
    assert slow["sentence"].endswith("so the question itself changed")
    assert "[assert 4498500 == 0]" in done.judgement("benchmark:test_failing")["sentence"]
    assert "test_slow" in done.out
    report = (done.output / "report.md").read_text()
    assert report.index("**test_slow**") < report.index("<details>")

    again = suite.gate("judge", "out", "--json")
    assert (again.code, json.loads(again.out)) == (done.code, done.verdict)
    loose = (suite.folder / "gate.toml").read_text().replace("max_ratio = 1.5", "max_ratio = 4")
    (suite.folder / "loose.toml").write_text(loose)
    again = suite.gate("judge", "out", "--config", "loose.toml", "--json")
    (held,) = (j for j in json.loads(again.out)["judgements"] if "held_tightly" in j["metric"])
    assert held["outcome"] == "WARN"


def test_the_same_suite_twice_passes_and_the_checkout_is_not_touched(suite):
    suite.write(test_speed=ONE)
    (suite.folder / "pytest.ini").write_text("[pytest]\naddopts = -n 2 --benchmark-disable\n")
    suite.commit_all("all there is")
    done = suite.run("--quick")
    assert done.code == 0, done.out + done.err
    assert 3 <= done.judgement("benchmark:test_same")["n"] <= QUICK_PAIRS
    assert suite.git("status", "--porcelain") == ""
    assert not (suite.folder / ".benchmarks").exists()


def test_a_report_that_the_candidates_conftest_forges_never_passes(suite):
    suite.write(test_speed=ONE.replace("pytestmark", "_"))
    suite.commit_all("v1", tag="v1.0.0")
    hook = "def pytest_benchmark_update_json(config, benchmarks, output_json):\n"
    suite.write(conftest=f"{hook}    output_json['benchmarks'][0]['stats'].update(mean=9.0, min=1e-9)\n")
    suite.git("add", "-A")
    suite.git("commit", "-qm", "v2")
    done = suite.run("--quick", "--baseline", "v1.0.0", "--candidate", "HEAD")
    assert done.code == 3, done.out + done.err
    assert done.verdict["verdict"] == "INCONCLUSIVE"
    assert set(outcomes(done).values()) == {("NO_DATA", "NO_OBSERVATION")}
    assert "its report claims" in done.judgement("benchmark:test_same")["sentence"]


def test_a_suite_without_benchmarks_is_a_broken_question_before_any_model_runs(suite):
    suite.write(test_speed="def test_nothing():\n    pass\n")
    done = suite.run("--quick")
    assert done.code == 2
    assert "speed holds no benchmark under the baseline" in done.err
    assert not (suite.folder / "out" / "verdict.json").exists()


def test_the_first_version_of_all_has_no_benchmarks_to_be_held_against(suite):
    suite.write(test_speed=ONE)
    done = suite.run("--quick", "--first-version")
    assert done.code == 0, done.out + done.err
    assert outcomes(done) == {"benchmarks": ("WARN", "NO_BASELINE")}
