"""What is seen of long work."""

import pytest

from gate.cli import watching


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(watching, "time", made)
    return made


def test_what_is_done_soon_leaves_no_line_in_a_log(clock, capsys):
    with watching.progress(quiet=False) as seen:
        seen.stage("Reading market data")
        clock.now += 1
        seen.stage("Running the models", 2, seconds=5.0)
        for _ in range(2):
            clock.now += 5
            seen.step("NASDAQ")
    assert capsys.readouterr() == ("", "")


def test_a_log_of_long_work_says_now_and_then_how_far_it_is_and_how_long_the_rest_takes(clock, capsys):
    with watching.progress(quiet=False) as seen:
        seen.stage("Running the models", 4)
        for _ in range(4):
            clock.now += 20
            seen.step("NASDAQ")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "Running the models: 2 of 4 after 0:00:40, about 0:00:40 left",
        "Running the models: 4 of 4 after 0:01:20",
    ]


def test_what_will_take_long_says_so_before_its_first_step_is_done(clock, capsys):
    with watching.progress(quiet=False) as seen:
        seen.stage("Running the models", 4, seconds=750.4)
    assert capsys.readouterr().err == "Running the models: 0 of 4, about 0:12:30\n"


def test_a_stage_whose_steps_nobody_can_count_says_what_is_done(clock, capsys):
    with watching.progress(quiet=False) as seen:
        seen.stage("Timing pairs")
        clock.now += 31
        seen.step()
    assert capsys.readouterr().err == "Timing pairs: 1 after 0:00:31\n"


def test_quiet_says_nothing_however_long_it_takes(clock, capsys):
    with watching.progress(quiet=True) as seen:
        seen.stage("Running the models", 4, seconds=7_000.0)
        clock.now += 7_000
        seen.step()
    assert capsys.readouterr() == ("", "")


def test_a_terminal_shows_the_stage_its_steps_and_what_is_left(clock, capsys):
    with watching.TerminalProgress() as seen:
        seen.stage("Timing pairs")
        seen.step()
        seen.stage("Running the models", 4, seconds=750.0)
        assert [task.fields["note"] for task in seen._display.tasks] == ["", "about 0:12:30"]
        clock.now += 60
        seen.step("NASDAQ")
        done, running = seen._display.tasks
        assert (done.finished, running.completed, running.fields["note"]) == (True, 1, "NASDAQ  about 0:03:00 left")
