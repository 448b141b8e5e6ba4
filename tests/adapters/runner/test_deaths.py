"""Whatever a model does to its process is an observation: the next window goes on, and nothing is left behind."""

import os
import time

import pytest

from gate.adapters.runner.run import Run
from gate.domain.observation import Call, Ending

MODEL = """
    import os, signal, sys, subprocess, time, ctypes, threading
    import numpy as np
    {imported}
    class Model:
        def fit(self, x):
            {fit}
        def predict(self, x):
            {predict}
            return [0] * len(x)
"""


def source(*, fit="pass", predict="pass", imported="pass"):
    return MODEL.format(fit=fit, predict=predict, imported=imported)


ENDS = {
    "os._exit(3)": "exited with code 3",
    "ctypes.string_at(0)": "killed by SIGSEGV",
    "os.kill(os.getpid(), signal.SIGKILL)": "killed by SIGKILL (out of memory?)",
    "os.kill(os.getpid(), 40)": "killed by signal 40",
    "os.closerange(3, 21)": "exited with code",
}


@pytest.mark.parametrize(("end", "told"), ENDS.items(), ids=["exit", "segfault", "kill", "odd signal", "closes all"])
def test_a_death_in_fit_is_written_down_and_the_next_window_goes_on(end, told, workshop):
    once = workshop.root / "once"
    fit = f"if not os.path.exists({str(once)!r}): open({str(once)!r}, 'w').close(); {end}"
    said = workshop.run(source(fit=fit), windows=2, test=2)
    first, second = said.run.windows
    assert first.fit.ending is Ending.CRASHED
    assert first.fit.error.startswith(told)
    assert second.batch.ending is Ending.OK
    assert said.run.call.tolist() == [Call.NOT_CALLED] * 2 + [Call.OK] * 2


def test_a_death_in_predict_is_the_calls_and_the_windows(workshop):
    once = workshop.root / "once"
    predict = f"if len(x) < 60 and not os.path.exists({str(once)!r}): open({str(once)!r}, 'w').close(); os._exit(1)"
    said = workshop.run(source(predict=predict), windows=2, test=2)
    assert said.run.call.tolist() == [Call.CRASHED, Call.NOT_CALLED, Call.OK, Call.OK]
    assert [w.batch.ending for w in said.run.windows] == [Ending.CRASHED, Ending.OK]


def test_after_three_deaths_in_a_row_a_run_is_given_up(workshop):
    said = workshop.run(source(imported="os._exit(9)"), windows=5, test=1)
    errors = [window.build.error for window in said.run.windows]
    assert errors == ["exited with code 9"] * 3 + ["not tried: 3 windows in a row died"] * 2
    assert said.run.state.tolist() == [-1] * 5


def test_an_endless_fit_ends_in_time(workshop):
    begun = time.monotonic()
    said = workshop.run(source(fit="while True: pass"), run={"timeout": 1.0, "give_up": 1}, windows=2)
    assert said.window.fit.ending is Ending.TIMED_OUT
    assert time.monotonic() - begun < 10


def test_an_endless_call_ends_in_time(workshop):
    predict = "while len(x) < 60: time.sleep(1)"
    said = workshop.run(source(predict=predict), run={"call_timeout": 0.5})
    assert said.run.call[0] == Call.TIMED_OUT
    assert said.window.batch.ending is Ending.TIMED_OUT


RAISED = {
    "raise MemoryError": "MemoryError:",
    "sys.exit(0)": "SystemExit: 0",
    "raise SystemExit": "SystemExit:",
    "raise KeyboardInterrupt": "KeyboardInterrupt:",
    "f = lambda n: f(n + 1); f(0)": "RecursionError:",
    "raise ValueError('x' * 10**7)": "ValueError: xxx",
    "raise ValueError(chr(0xd800) + ' sick')": "ValueError: ? sick",
    "raise type('Mute', (Exception,), {'__str__': lambda s: 1 / 0})": "Mute: (its message cannot be printed)",
    "np.zeros((2**50,))": "",
}


@pytest.mark.parametrize(("act", "told"), RAISED.items(), ids=range(len(RAISED)))
def test_whatever_is_raised_is_told_in_one_line(act, told, workshop):
    said = workshop.run(source(predict=f"if len(x) < 60: {act}"), test=2)
    assert said.run.call.tolist() == [Call.RAISED] * 2
    assert all(error.startswith(told) and len(error) <= 300 for error in said.window.call_errors)
    assert said.window.batch.ending is Ending.RAISED
    assert not said.window.diagnosis.finite


def test_a_fit_that_raises_is_no_death(workshop):
    said = workshop.run(source(fit="1 / 0"), windows=2, test=1)
    assert {w.fit.ending for w in said.run.windows} == {Ending.RAISED}
    assert {w.fit.error for w in said.run.windows} == {"ZeroDivisionError: division by zero"}


def test_prints_neither_hang_nor_reach_the_answers(workshop):
    shout = "print('y' * 300_000, flush=True); sys.stderr.write('z' * 300_000); os.write(1, b'q' * 300_000)"
    said = workshop.run(source(imported=shout, fit=shout, predict=shout), test=2)
    assert said.states == [0, 0]


@pytest.mark.parametrize("replaced", ["None", "open(os.devnull, 'w')", "'not a file'"])
def test_a_replaced_stdout_does_no_harm(replaced, workshop):
    assert workshop.run(source(fit=f"sys.stdout = sys.stderr = {replaced}"), test=1).states == [0]


def test_closing_the_first_descriptors_does_no_harm(workshop):
    assert workshop.run(source(fit="os.close(0); os.close(1); os.close(2)"), test=1).states == [0]


LEFT_BEHIND = {
    "a child": "p = subprocess.Popen(['sleep', '300'])",
    "a child in its own group": "p = subprocess.Popen(['sleep', '300'], process_group=0)",
    "a child in its own session": "p = subprocess.Popen(['sleep', '300'], start_new_session=True)",
}


@pytest.mark.parametrize("end", ["pass", "os._exit(1)"], ids=["lives", "dies"])
@pytest.mark.parametrize("leave", LEFT_BEHIND.values(), ids=LEFT_BEHIND)
def test_no_child_is_left_behind(leave, end, workshop, is_alive):
    note = workshop.root / "pid"
    workshop.run(source(fit=f"{leave}; open({str(note)!r}, 'w').write(str(p.pid)); {end}"), test=1)
    assert not is_alive(int(note.read_text()))


def test_a_daemon_that_forks_twice_is_found_too(workshop, is_alive):
    note = workshop.root / "pid"
    daemon = (
        "\n            if os.fork() == 0:"
        "\n                os.setsid()"
        "\n                if os.fork() == 0:"
        f"\n                    open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(300)"
        "\n                os._exit(0)"
        f"\n            while not os.path.exists({str(note)!r}): time.sleep(0.01)"
        "\n            time.sleep(0.1)"
    )
    workshop.run(source(fit=daemon), test=1)
    assert not is_alive(int(note.read_text()))


def test_a_dead_worker_is_noticed_while_its_child_holds_the_pipe(workshop):
    fit = "\n            if os.fork(): os._exit(7)\n            time.sleep(300)"
    begun = time.monotonic()
    said = workshop.run(source(fit=fit), run={"give_up": 1})
    assert said.window.fit.error == "exited with code 7"
    assert time.monotonic() - begun < 10


def test_a_child_that_screams_after_the_death_is_not_listened_to(workshop):
    fit = "\n            if os.fork(): os._exit(7)\n            while True: os.write(2, b'x' * 65536)"
    said = workshop.run(source(fit=fit), run={"timeout": 2.0, "give_up": 1})
    assert said.window.fit.ending in (Ending.CRASHED, Ending.TIMED_OUT)


def test_a_fork_bomb_of_modest_size_ends(workshop):
    bomb = "\n            for _ in range(6): os.fork()\n            time.sleep(300)"
    said = workshop.run(source(fit=bomb), run={"timeout": 1.5, "give_up": 1})
    assert said.window.fit.ending is Ending.TIMED_OUT


def test_a_thread_that_kills_the_process_at_rest_is_seen(workshop):
    imported = "threading.Timer(0.3, os._exit, (4,)).start()"
    said = workshop.run(source(imported=imported, predict="time.sleep(0.05)"), test=30, run={"give_up": 1})
    assert said.run.windows[0].batch.ending is Ending.CRASHED or said.window.fit.ending is Ending.CRASHED


GARBAGE = {
    "garbage": "b'\\x00\\x00\\x00\\x05hello'",
    "no JSON in a huge frame": "b'\\xff\\xff\\xff\\xff' + b'x' * 1000",
    "a list": "b'\\x00\\x00\\x00\\x02[]'",
    "deep nesting": "(100_000).to_bytes(4, 'big') + b'[' * 100_000",
    "a forged fork": "(20).to_bytes(4, 'big') + b'{\"pid\":1,\"answers\":0}'[:20]",
    "wrong types": "(lambda b: len(b).to_bytes(4, 'big') + b)"
    '(b\'{"answers": [{"labels": [[1]], "posterior": 3}], "error": {}}\')',
    "a partial frame": "b'\\x00\\x00\\x01\\x00abc'",
}


@pytest.mark.parametrize("place", ["imported", "fit", "predict"])
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_forged_frames_on_every_descriptor_neither_crash_nor_hang_the_gate(garbage, place, workshop):
    forge = (
        "\n{pad}for fd in range(1, 12):"
        "\n{pad}    if os.path.exists(f'/proc/self/fd/{{fd}}') and 'pipe' in os.readlink(f'/proc/self/fd/{{fd}}'):"
        "\n{pad}        try: os.set_blocking(fd, False); os.write(fd, {garbage})"
        "\n{pad}        except OSError: pass"
    ).format(pad=" " * (4 if place == "imported" else 12), garbage=garbage)
    said = workshop.run(source(**{place: forge}), test=2, run={"timeout": 3.0, "call_timeout": 1.0, "give_up": 1})
    assert len(said.run.state) == 2


def test_more_than_sixteen_mebibytes_are_not_taken(workshop):
    said = workshop.run(source(fit="self.n = 1").replace("[0] * len(x)", "['x' * 90] * len(x)"), test=1)
    assert said.states == ["x" * 90]
    flood = "self.predict_proba = lambda x: np.random.rand(len(x), 60)"
    assert workshop.run(source(fit=flood), test=1).run.posterior.shape == (1, 60)
    said = workshop.run(
        source(fit="import json; json.dumps = lambda m: ' ' * (17 * 2**20)"), test=1, run={"give_up": 1}
    )
    assert said.window.fit.error == "sent 17,825,792 bytes where at most 16,777,216 are taken"


def test_no_descriptor_of_the_gate_is_left_open(workshop, open_files):
    request = workshop.request(source(fit="os._exit(1)"), windows=3, test=1)
    before = open_files()
    Run(request).observe()
    assert open_files() == before


def test_an_interpreter_that_cannot_be_started_is_written_down(workshop):
    said = workshop.run(source(), python="/nowhere/python", run={"give_up": 1})
    assert said.window.build.error.startswith("cannot be started with /nowhere/python")


def test_the_gates_environment_does_not_reach_the_model(workshop, monkeypatch):
    monkeypatch.setenv("GITHUB_TOKEN", "x")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    seen = workshop.root / "environment"
    workshop.run(source(fit=f"open({str(seen)!r}, 'w').write(repr(dict(os.environ)))"), test=1)
    environment = eval(seen.read_text())  # noqa: S307, S307, RUF100
    assert "GITHUB_TOKEN" not in environment
    assert "PYTHONPATH" not in environment
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "1"
    ours = {name: value for name, value in os.environ.items() if environment.get(name) == value}
    assert set(ours) <= {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "LD_LIBRARY_PATH"} | {
        name for name in ours if name.startswith(("PYTHON", "OMP_", "OPENBLAS_", "MKL_", "NUMEXPR_", "VECLIB_"))
    }
