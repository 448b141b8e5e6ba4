"""The command in processes that are killed at a step, or started many at once; a step is a call through a port.

Told line by line on standard input, so that a test can tidy up in between; the imports are paid once.
"""

import contextlib
import json
import os
import signal
import sys

import git  # noqa: F401  imported before the forks
import github  # noqa: F401

import gate.adapters.git_history
import gate.adapters.github
import gate.adapters.rollback_records
import gate.report.rollback
import gate.usecases.rollback.doing
import gate.usecases.rollback.planning  # noqa: F401
from gate.cli.main import main
from gate.wiring import rollback as wiring

PORTS = ("git_history", "pull_requests", "rollback_records")


class Steps:
    """Counts calls, and dies before or after the one that was chosen."""

    def __init__(self, chosen, when):
        self.left, self.when = chosen, when

    def through(self, call):
        def step(*words, **named):
            self.left -= 1
            if self.left == 0 and self.when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(*words, **named)
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return step


class Port:
    """Anything behind a port, step by step."""

    def __init__(self, real, steps):
        self._real, self._steps = real, steps

    def __getattr__(self, name):
        found = getattr(self._real, name)
        return self._steps.through(found) if callable(found) else found

    @contextlib.contextmanager
    def opened(self):
        with self._real as real:
            yield Port(real, self._steps)


def wrapped(name, steps):
    make = getattr(wiring, name)

    def made(*words, **named):
        port = Port(make(*words, **named), steps)
        return port.opened() if name == "git_history" else port

    return made


def run(words, step, when):
    """In the child: the command, until it dies or ends."""
    if step:
        steps = Steps(step, when)
        for name in PORTS:
            setattr(wiring, name, wrapped(name, steps))
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    try:
        main(words)
    except SystemExit as left:
        os._exit(left.code)


def forked(told):
    pid = os.fork()
    if pid == 0:
        run(told["words"], told.get("step", 0), told.get("when", ""))
    return pid


if __name__ == "__main__":
    for line in sys.stdin:
        told = json.loads(line)
        pids = [forked(told) for _ in range(told.get("many", 1))]
        codes = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()
