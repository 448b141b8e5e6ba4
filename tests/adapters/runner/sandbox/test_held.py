"""Code in a sandbox, seen from outside: what it finds there, and that nothing of it is left."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from gate.adapters.runner import LocalSuite, readings
from gate.adapters.runner.process import DiedError, WorkerProcess
from gate.adapters.runner.run import Run, load_message
from gate.domain.observation import Ending
from gate.domain.plan import TurnRequest
from gate.domain.sandbox import BY_LIMITS, Containment, Level
from gate.domain.settings import SandboxSettings
from gate.domain.suite import TurnEnding
from gate.domain.version import Role
from gate.errors import GateError
from tests import bubblewrap
from tests.build import version
from tests.suites import FILE, settings

POLICY = SandboxSettings(memory=1.0, disk=0.02, processes=64)
HELD = Containment(level=Level.SANDBOX, policy=POLICY)
MODEL = """
    import ctypes, os, signal, time
    class Model:
        def fit(self, x):
            {fit}
        def predict(self, x):
            return [0] * len(x)
"""


@pytest.fixture(scope="session", autouse=True)
def _bubblewrap():
    bubblewrap.ready()


@pytest.fixture
def fit_of(workshop):
    """Run a model in a sandbox: how its first fit ended."""

    def fit_of(fit, **asked):
        request = workshop.request(MODEL.format(fit=fit), test=1, run={"give_up": 1, "timeout": 5.0}, **asked)
        return Run(replace(request, containment=HELD)).observe()[0].windows[0].fit

    return fit_of


def gone(pid):
    """Dead, or dead in a moment."""
    for _ in range(100):
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def loaded(workshop, fit, containment=HELD):
    request = replace(workshop.request(MODEL.format(fit=fit)), containment=containment)
    worker = WorkerProcess.of(request)
    worker.ask("load", 60, **load_message(request))
    return worker


def test_a_folder_that_only_its_owner_may_enter_is_found_and_its_secrets_are_not(fit_of, workshop):
    (workshop.root / ".git").mkdir()
    (workshop.root / ".git" / "config").write_text("extraheader = AUTHORIZATION: basic x")
    (workshop.root / ".netrc").write_text("password x")
    (workshop.root / "weights.txt").write_text("1")
    workshop.root.chmod(0o700)
    read = "assert open('weights.txt').read() == '1'; assert not os.path.exists('.git/config')"
    assert fit_of(read).ending is Ending.OK
    assert fit_of("open('.netrc').read()").error.startswith("PermissionError")


def test_a_links_target_is_looked_for_inside(fit_of, workshop, tmp_path):
    (tmp_path / "secret").write_text("x")
    (workshop.root / "link").symlink_to(tmp_path / "secret")
    assert "FileNotFoundError" in fit_of("open('link')").error


def test_what_the_user_names_may_be_read_and_nothing_beside_it(fit_of, tmp_path):
    beside = tmp_path / "beside"
    beside.mkdir()
    (beside / "adapter.py").write_text("def adapt(model):\n    return model\n")
    (beside / "gate.toml").write_text("x")
    fit = f"assert os.listdir({str(beside)!r}) == ['adapter.py']"
    assert fit_of(fit, adapter=f"{beside / 'adapter.py'}:adapt").ending is Ending.OK


@pytest.mark.parametrize(
    ("act", "told"),
    {
        "os.kill(os.getpid(), signal.SIGKILL)": "killed by SIGKILL (out of memory?)",
        "ctypes.string_at(0)": "killed by SIGSEGV",
        "os._exit(3)": "exited with code 3",
    }.items(),
    ids=["kill", "segfault", "exit"],
)
def test_deaths_are_told_as_they_are_without_one(act, told, fit_of):
    assert fit_of(act).error == told


def test_a_first_process_that_is_stopped_holds_nothing_up(workshop):
    worker = loaded(workshop, "ctypes.CDLL(None).ptrace(16, 1, 0, 0); time.sleep(.1); os._exit(1)")
    worker.ask("build", 10, seed=1)
    begun = time.monotonic()
    with pytest.raises(DiedError):
        worker.ask("fit", 100, start=0, stop=0)
    assert time.monotonic() - begun < 50
    assert worker.gone


def test_readings_are_the_workers_own_and_its_forks(workshop):
    with loaded(workshop, "pass") as inside, loaded(workshop, "pass", BY_LIMITS) as outside:
        assert any(word.endswith("worker") for word in psutil.Process(inside.pid).cmdline())
        assert readings.resident_bytes(inside.pid) == pytest.approx(readings.resident_bytes(outside.pid), rel=0.1)
        readings.reset_peak(inside.pid)
        with inside.fork() as child:
            assert psutil.Process(child.pid).ppid() == inside.pid
            assert 0 <= readings.cpu_seconds(child.pid) < readings.cpu_seconds(inside.pid)
        held = inside._held
        assert held.own(os.getpid()) == held.own(1) == held.own(2) == 0


def test_whoever_kills_the_gate_ends_what_it_held(workshop):
    program = f"""
        import sys, time
        sys.path.insert(0, {str(Path.cwd())!r})
        from gate.adapters.runner.process import WorkerProcess
        from gate.domain.sandbox import Containment, Level
        worker = WorkerProcess(sys.executable, {str(workshop.root)!r}, Containment(level=Level.SANDBOX))
        worker.ask("mutated", 60)  # whatever it answers: it is up, and everything that holds it
        print(worker.pid, flush=True)
        time.sleep(60)
    """
    with subprocess.Popen((sys.executable, "-c", textwrap.dedent(program)), stdout=subprocess.PIPE) as gate:
        pid = int(gate.stdout.readline())
        os.kill(pid, signal.SIGSTOP)  # it shall not end by itself when its pipe is closed
        gate.kill()
    assert gone(pid)


def test_what_holds_and_fails_is_the_gates_fault_and_not_the_models(workshop, tmp_path, monkeypatch):
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    (bin_ / "choom").write_text("#!/bin/sh\necho 'bwrap: no namespace' >&2\nexit 1\n")
    (bin_ / "choom").chmod(0o755)
    monkeypatch.setenv("PATH", f"{bin_}:{os.environ['PATH']}")
    with pytest.raises(GateError, match="cannot be held: bwrap: no namespace"):
        loaded(workshop, "pass")


# ------------------------------------------------------------------ the user's own benchmarks

TESTS = """
import os
def test_fine(benchmark):
    benchmark(sum, range(100))
def test_is_alone(benchmark):
    benchmark(sum, range(100))
    assert os.getuid() == 1000
    assert sorted(int(name) for name in os.listdir("/proc") if name.isdigit()) == [1, os.getpid()]
def test_writes(benchmark):
    benchmark(lambda: open("here", "w").close())
"""


@pytest.fixture
def turn(tmp_path):
    def turn(tests, **policy):
        (tmp_path / FILE).parent.mkdir(exist_ok=True)
        (tmp_path / FILE).write_text(tests)
        of = version(Role.CANDIDATE, root=str(tmp_path), python=sys.executable)
        assert LocalSuite().lacking(of, HELD) == ""
        asked = settings(**{"max_time": 0.01, "min_rounds": 1, "timeout": 60.0, **policy})
        return LocalSuite().turn(TurnRequest(version=of, settings=asked, containment=HELD))

    return turn


def test_a_turn_is_held_too_and_its_cpu_is_counted(turn, tmp_path):
    found = turn(TESTS)
    assert found.ending is TurnEnding.OK, found.error
    assert [sample.name for sample in found.samples] == ["test_fine", "test_is_alone"]
    assert [line.partition(" - ")[0] for line in found.failures] == [f"{FILE}::test_writes"]
    assert "Read-only file system" in found.failures[0]
    assert found.cpu_seconds > 0.1
    assert not (tmp_path / "here").exists()


def test_a_turn_that_does_not_end_is_killed_with_all_it_started_and_its_cpu_is_counted(turn):
    found = turn("import os\nif os.fork() == 0: os.setsid()\nwhile True: pass\n", timeout=4.0)
    assert found.ending is TurnEnding.TIMED_OUT
    assert found.cpu_seconds > 0.1
