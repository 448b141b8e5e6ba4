"""Turns of real suites in real processes: alone, timed from outside, killed whole, and never believed too much."""

import stat
import sys
import time

import psutil
import pytest

from gate.adapters.runner import LocalSuite
from gate.domain.plan import TurnRequest
from gate.domain.suite import TurnEnding
from gate.domain.version import Role
from gate.metrics.suite import trouble
from tests.build import version
from tests.suites import FILE, settings

ONE = "def test_a(benchmark):\n    benchmark(sum, range(1000))\n"


@pytest.fixture
def turn_of(tmp_path):
    def turn_of(tests=ONE, conftest="", ini="", **changes):
        (tmp_path / "benchmarks").mkdir(exist_ok=True)
        (tmp_path / FILE).write_text(tests)
        (tmp_path / "benchmarks" / "conftest.py").write_text(conftest)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
        of = version(Role.CANDIDATE, root=str(tmp_path), python=sys.executable)
        policy = settings(**({"max_time": 0.01, "min_rounds": 1, "timeout": 60.0} | changes))
        return LocalSuite().turn(TurnRequest(version=of, settings=policy))

    return turn_of


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def test_the_users_own_options_do_not_switch_benchmarks_off(turn_of, tmp_path):
    turn = turn_of(ini="addopts = -n 2 --benchmark-disable --strict-markers")
    assert turn.ending is TurnEnding.OK, turn.error
    assert [sample.name for sample in turn.samples] == ["test_a"]
    assert files(tmp_path) == {"benchmarks", FILE, "benchmarks/conftest.py", "pytest.ini"}, "the checkout was touched"


def test_the_timer_is_the_one_asked_for(turn_of):
    assert turn_of(timer="perf").samples[0].timer == "perf_counter"


def test_nothing_of_the_gates_environment_is_seen(turn_of, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--benchmark-disable")
    seen = "import os\ndef test_a(benchmark):\n    benchmark(len, 'x')\n    assert 'GITHUB_TOKEN' not in os.environ\n"
    turn = turn_of(seen)
    assert (turn.ending, turn.failures, len(turn.samples)) == (TurnEnding.OK, (), 1)


def test_a_turn_that_takes_too_long_is_killed_with_its_children(turn_of, tmp_path):
    child = (
        "import pathlib, subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        f"pathlib.Path({str(tmp_path / 'pid')!r}).write_text(str(child.pid))\n"
    )
    started = time.monotonic()
    turn = turn_of(
        "import time\ndef test_a(benchmark):\n    benchmark(time.sleep, 600)\n", conftest=child, timeout=10.0
    )
    assert (turn.ending, turn.error) == (TurnEnding.TIMED_OUT, "it did not end within 10 s")
    assert time.monotonic() - started < 60
    pid = int((tmp_path / "pid").read_text())
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("tests", "ending", "words"),
    [
        ("import os\ndef test_a(benchmark):\n    os.kill(os.getpid(), 11)\n", TurnEnding.CRASHED, "SIGSEGV"),
        ("import os\nos._exit(0)\n", TurnEnding.OK, ""),
        ("import os\nos._exit(1)\n", TurnEnding.DAMAGED, "does not say what"),
        ("import pytest\ndef test_a(benchmark):\n    pytest.exit('enough', 3)\n", TurnEnding.CRASHED, "code 3"),
    ],
)
def test_a_suite_that_ends_itself_has_timed_nothing(turn_of, tests, ending, words):
    turn = turn_of(tests)
    assert (turn.ending, turn.samples) == (ending, ())
    assert words in turn.error


def test_an_option_that_pytest_does_not_know_is_no_start(turn_of):
    turn = turn_of(args=("--no-such-option",))
    assert turn.ending is TurnEnding.NOT_STARTED
    assert "unrecognized arguments: --no-such-option" in turn.error


def test_a_conftest_that_does_not_import_is_no_start_and_says_why(turn_of):
    turn = turn_of(conftest="import no_such_module\n")
    assert turn.ending is TurnEnding.NOT_STARTED
    assert "No module named 'no_such_module'" in turn.error


def test_a_file_that_does_not_parse_fails_and_the_others_are_timed(turn_of, tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "test_other.py").write_text("def x(:\n")
    turn = turn_of()
    assert (turn.ending, len(turn.samples)) == (TurnEnding.OK, 1)
    assert turn.failures == ("benchmarks/test_other.py - SyntaxError: invalid syntax",)


def test_a_suite_that_is_not_there_collects_nothing(turn_of):
    turn = turn_of(paths=("nowhere",))
    assert (turn.ending, turn.samples, turn.failures) == (TurnEnding.OK, (), ())


FORGED = """
def pytest_benchmark_update_json(config, benchmarks, output_json):
    for benchmark in output_json["benchmarks"]:
        benchmark["stats"].update({forged})
"""


@pytest.mark.parametrize(
    "forged", ["min=float('nan')", "min=-1.0", "rounds='many'", "mean=1.0, rounds=10 ** 6, min=1.0, median=1.0"]
)
def test_a_forged_report_is_worth_nothing(turn_of, forged):
    turn = turn_of(conftest=FORGED.replace("{forged}", forged))
    assert trouble(turn)


def test_an_interpreter_says_what_it_lacks(tmp_path):
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(bare.stat().st_mode | stat.S_IXUSR)
    of = version(Role.BASELINE, root=str(tmp_path), python=str(bare))
    assert LocalSuite().lacking(of) == "has no pytest and no pytest-benchmark"
    gone = version(Role.BASELINE, root=str(tmp_path), python=str(tmp_path / "none"))
    assert LocalSuite().lacking(gone) == "cannot be started: No such file or directory"


def test_a_conftest_over_a_file_is_part_of_its_question(turn_of, tmp_path):
    turn_of()
    of = version(Role.BASELINE, root=str(tmp_path))
    before = LocalSuite().sources(of, [FILE])
    assert LocalSuite().sources(of, [FILE]) == before
    (tmp_path / "conftest.py").write_text("# another question\n")
    assert LocalSuite().sources(of, [FILE]) != before


def test_no_file_outside_the_version_is_read(tmp_path):
    of = version(Role.BASELINE, root=str(tmp_path))
    names = ["../x.py", __file__, "."]
    assert set(LocalSuite().sources(of, names).values()) == {""}
