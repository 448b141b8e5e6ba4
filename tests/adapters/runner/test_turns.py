from contextlib import contextmanager
from threading import Event, Thread

from gate.adapters.runner.turns import Turns
from gate.domain.version import Role

B, C = Role.BASELINE, Role.CANDIDATE


class Waiting:
    """A run that goes on until it is let go."""

    def __init__(self, role, alone=False):
        self.role, self.alone, self.begun, self.let_go = role, alone, Event(), Event()

    def observe(self):
        self.begun.set()
        self.let_go.wait(60)
        return self.role, None


class Loaded:
    """Servers that say what is idle."""

    def __init__(self, *idle):
        self.ready = set(idle)

    def idle(self, role):
        return role in self.ready


@contextmanager
def begun(runs, servers, threads):
    """So many threads that ask for a turn; whatever the test found, all of them have ended when it is left."""
    turns = Turns(runs, servers)
    asking = [Thread(target=turns.next) for _ in range(threads)]
    for thread in asking:
        thread.start()
    try:
        yield turns
    finally:
        for run in runs:
            run.let_go.set()
        turns.stop()
        for thread in asking:
            thread.join(60)


def test_a_run_whose_version_is_idle_goes_before_one_that_must_be_loaded():
    runs = [Waiting(B), Waiting(C), Waiting(B)]
    with begun(runs, Loaded(C), threads=1):
        assert runs[1].begun.wait(30)
        assert not runs[0].begun.is_set()


def test_a_run_that_takes_its_server_with_it_waits_for_those_that_need_one_but_not_for_the_other_version():
    runs = [Waiting(B, alone=True), Waiting(B), Waiting(C, alone=True)]
    with begun(runs, Loaded(B, C), threads=3):
        assert runs[1].begun.wait(30)
        assert runs[2].begun.wait(30)
        assert not runs[0].begun.wait(0.2)  # the other is still at it
        runs[1].let_go.set()
        assert runs[0].begun.wait(30)


def test_runs_that_take_a_server_with_them_do_not_wait_for_one_another():
    runs = [Waiting(B, alone=True), Waiting(B, alone=True)]
    with begun(runs, Loaded(B), threads=2):
        assert all(run.begun.wait(30) for run in runs)


def test_one_loaded_version_serves_as_many_runs_as_there_are_cores():
    runs = [Waiting(B), Waiting(B)]
    with begun(runs, Loaded(B), threads=2):
        assert all(run.begun.wait(30) for run in runs)


def test_whoever_waits_goes_on_when_it_is_over():
    runs = [Waiting(B), Waiting(B, alone=True)]
    with begun(runs, Loaded(B), threads=2) as turns:
        assert runs[0].begun.wait(30)
        turns.stop()
        assert runs[1].begun.wait(30)


def test_every_run_is_made_once():
    runs = [Waiting(role) for role in (B, C, B, C)]
    for run in runs:
        run.let_go.set()
    turns = Turns(runs, Loaded(B, C))
    assert {id(turns.next()[0]) for _ in runs} == set(map(id, runs))
