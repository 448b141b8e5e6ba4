"""CPU and memory are read from outside, and say what the model did."""

import os
import sys

import numpy as np
import psutil
import pytest

from gate.adapters.runner import LocalRunner, readings
from gate.adapters.runner.channel import DiedError
from gate.adapters.runner.packing import Packed
from gate.adapters.runner.run import AGAIN, READINGS, Run
from gate.domain.observation import Ending
from gate.domain.version import Role
from gate.ports import RunFailedError

MEBI = 2**20

WORK = """
    import numpy as np
    {imported}
    class Model:
        def fit(self, x):
            {fit}
        def predict(self, x):
            {predict}
            return np.zeros(len(x), dtype=int)
"""
BURN = "a = [sum(range(50_000)) for _ in range({})]"


def source(fit="pass", predict="pass", imported="pass"):
    return WORK.format(fit=fit, predict=predict, imported=imported)


def measured(runner, workshop, name, text, **asked):
    workshop.write(text, f"{name}.py")
    request = workshop.request(factory=f"{name}:Model", **asked)
    return request, runner.load([request])[request.version.role]


def test_sixty_mebibytes_for_a_moment_are_read_as_sixty(workshop):
    memory = workshop.run(source(fit=f"np.ones(60 * {MEBI} // 8).sum()")).run.memory
    assert (memory.fit_peak - memory.rest) / MEBI == pytest.approx(60, rel=0.1)
    assert (memory.predict_peak - memory.rest) / MEBI < 6


def test_memory_of_predict_is_predicts(workshop):
    memory = workshop.run(source(predict=f"if len(x) < 60: np.ones(30 * {MEBI} // 8).sum()")).run.memory
    assert (memory.predict_peak - memory.rest) / MEBI == pytest.approx(30, rel=0.1)
    assert (memory.fit_peak - memory.rest) / MEBI < 6


def test_a_leak_of_fifty_kilobytes_a_call_is_seen(workshop):
    said = workshop.run(source(fit="self.kept = []", predict="self.kept.append(np.ones(6250))"), watch=True)
    calls, size = said.run.rss_calls, said.run.rss_bytes
    assert calls.tolist() == [AGAIN * reading for reading in range(1, READINGS + 1)]
    assert np.polyfit(calls[len(calls) // 4 :], size[len(calls) // 4 :], 1)[0] == pytest.approx(50_000, rel=0.4)


def test_five_times_the_work_reads_as_about_five(workshop):
    asked = []
    for role, factor in zip(Role, (1, 5), strict=True):
        text = source(BURN.format(40 * factor), f"if len(x) < 60: {BURN.format(8 * factor)}")
        workshop.write(text, f"work{factor}.py")
        asked.append(workshop.request(factory=f"work{factor}:Model", role=role))
    with LocalRunner() as runner:
        loaded = runner.load(asked)
        assert [loaded[role].ending for role in Role] == [Ending.OK, Ending.OK]
        # in turns: what else runs on this machine slows both alike, or one pair. On a bad day pairs scatter by a
        # quarter; of so many the middle one stays within the bounds
        cpu = [[runner.measure(request, 4)[0] for request in asked] for _ in range(21)]
    for part in ("fit", "predict"):
        ratios = [getattr(five, part) / getattr(one, part) for one, five in cpu]
        assert min(ratios) > 1
        assert 4 < np.median(ratios) < 6
    assert cpu[0][0].imports > 0


def test_forks_are_used_where_no_thread_is_alive_and_answer_the_same(workshop):
    rolling = "a = np.random.rand(); self.pid = __import__('os').getpid()"
    answer = source(rolling).replace("np.zeros(len(x), dtype=int)", "[int(np.random.rand() * 1e6)] * len(x)")
    threaded = answer.replace("import numpy as np\n", "import numpy as np, threading, time\n", 1).replace(
        "    pass\n    class", "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n    class", 1
    )
    said = {}
    with LocalRunner() as runner:
        for name, text in (("forked", answer), ("cold", threaded)):
            request, _ = measured(runner, workshop, name, text)
            said[name] = [runner.measure(request, 5)[1] for _ in range(2)]
            fork = runner._loaded[Role.CANDIDATE]._worker.fork()
            assert (fork is not None) == (name == "forked")
            if fork:
                fork.kill()
    texts = {name: [[r.labels[c] for c in r.state] for r in repeats] for name, repeats in said.items()}
    assert texts["forked"][0] == texts["forked"][1] == texts["cold"][0] == texts["cold"][1]
    assert len(set(texts["cold"][0])) > 1


def test_a_timed_run_answers_what_the_run_answered(workshop):
    text = source("self.rng = np.random.default_rng(1)").replace(
        "np.zeros(len(x), dtype=int)", "[int(self.rng.random() * 1e6)] * len(x)"
    )
    with LocalRunner() as runner:
        request, _ = measured(runner, workshop, "dice", text)
        _, repeat = runner.measure(request, 5)
    run, _ = Run(request).observe()
    assert [repeat.labels[c] for c in repeat.state] == [run.labels[c] for c in run.state]


def test_forks_of_one_process_answer_side_by_side_and_one_death_is_not_the_others(workshop, is_alive):
    child = "import subprocess; self.child = subprocess.Popen(['sleep', '300'])"
    workshop.write(source(fit=child).replace("np.zeros(len(x), dtype=int)", "[self.child.pid] * len(x)"), "pair.py")
    request = workshop.request(factory="pair:Model")
    with LocalRunner() as runner:
        runner.load([request])
        server = runner._loaded[request.version.role].server
        with server.fork() as one, server.fork() as other:
            for fork in (one, other):
                fork.ask("bars", 10, bars=Packed.of(request).rows(0, 50))
                fork.ask("build", 10, seed=0)
                assert "error" not in fork.ask("fit", 10, start=0, stop=40)
            os.kill(one.pid, 9)
            with pytest.raises(DiedError, match="SIGKILL"):
                one.ask("mutated", 10)
            (child,) = psutil.Process(other.pid).children()
            assert other.ask("mutated", 10) == {"mutated": False}
            assert is_alive(child.pid)
        assert not is_alive(child.pid)
        server.fork().kill()
        assert not server.gone


@pytest.mark.parametrize(
    ("fit", "told"),
    [
        ("import os; os._exit(3)", "exited with code 3"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("1 / 0", "ZeroDivisionError"),
        ("while True: pass", "did not end in time"),
    ],
)
def test_a_timed_run_that_fails_says_why_and_leaves_the_rest_alone(fit, told, workshop):
    with LocalRunner() as runner:
        request, _ = measured(runner, workshop, "sick", source(fit), run={"timeout": 1.0})
        for _ in range(2):  # the version is loaded anew where it went down with its run
            with pytest.raises(RunFailedError, match=told):
                runner.measure(request, 2)


@pytest.mark.parametrize(
    ("text", "ending", "told", "missing"),
    [
        ("import nothing_there", Ending.RAISED, "ModuleNotFoundError: No module named 'nothing_there'", False),
        ("class Other: pass", Ending.RAISED, "has no 'Model'", True),
        ("import sys; sys.exit(2)", Ending.RAISED, "SystemExit: 2", False),
        ("import os; os._exit(2)", Ending.CRASHED, "exited with code 2", False),
        ("x = (", Ending.RAISED, "SyntaxError", False),
    ],
)
def test_what_does_not_load_says_why(text, ending, told, missing, workshop):
    with LocalRunner() as runner:
        request, loaded = measured(runner, workshop, "broken", text)
        assert (loaded.ending, loaded.missing) == (ending, missing)
        assert told in loaded.error
        if ending is Ending.CRASHED:
            with pytest.raises(RunFailedError, match="exited with code 2"):
                runner.measure(request, 2)


@pytest.mark.parametrize("name", ["model", "bars", "session", "plants", "gate"])
def test_a_users_module_may_have_the_name_of_one_of_ours(name, workshop):
    with LocalRunner() as runner:
        assert measured(runner, workshop, name, source())[1].ending is Ending.OK


def test_an_interpreter_that_is_not_there_is_a_crash_of_loading(workshop):
    with LocalRunner() as runner:
        loaded = runner.load([workshop.request(source(), python="/nowhere/python")])[Role.CANDIDATE]
    assert loaded.ending is Ending.CRASHED
    assert "/nowhere/python" in loaded.error


# psutil stands in where there is no /proc.


def test_psutil_reads_what_linux_reads(monkeypatch):
    pid = os.getpid()
    sum(i * i for i in range(300_000))
    linux = readings.cpu_seconds(pid), readings.resident_bytes(pid), readings.method()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert readings.cpu_seconds(pid) == pytest.approx(linux[0], abs=0.2)
    assert readings.resident_bytes(pid) == pytest.approx(linux[1], rel=0.1)
    assert readings.peak_bytes(pid) == pytest.approx(linux[1], rel=0.1)
    readings.reset_peak(pid)
    assert "psutil" in readings.method()["cpu"]
    assert readings.method() != linux[2]


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("read", [readings.cpu_seconds, readings.resident_bytes, readings.peak_bytes])
def test_a_process_that_is_gone_is_an_os_error_everywhere(read, platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(OSError):  # noqa: PT011 (which one is the platform's)
        read(2**22 + 1)


def test_a_run_goes_through_where_there_is_only_psutil(workshop, two_states, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    run = workshop.run(two_states, test=12, watch=True).run
    assert run.memory.rest > MEBI
    assert run.cpu_seconds > 0
    assert len(run.rss_bytes) == READINGS


def test_runs_in_forks_answer_as_runs_of_their_own_do(workshop, two_states):
    requests = [workshop.request(two_states, windows=2, seed=seed) for seed in (0, 1, 2)]
    alone = [Run(request).observe()[0] for request in requests]
    with LocalRunner() as runner:
        runner.load(requests[:1])
        together = [said for said, _ in runner.observe(requests, 2, lambda run: None)]
    for one, other in zip(alone, together, strict=True):
        assert one.state.tolist() == other.state.tolist()
        assert one.posterior.tolist() == other.posterior.tolist()
        assert other.memory is None, "a fork is not cold"


def test_a_fork_that_dies_leaves_its_server_to_the_next_run(workshop):
    dying = workshop.request(source(predict="__import__('os')._exit(5)"), run={"give_up": 1})
    with LocalRunner() as runner:
        runner.load([dying])
        said = [run for run, _ in runner.observe([dying, dying], 1, lambda run: None)]
        assert [run.windows[0].batch.error for run in said] == ["exited with code 5"] * 2
        assert not runner._loaded[Role.CANDIDATE].server.gone
