"""Runs inside the peers' environment: a process that has imported the model and is forked for each session of a tool.

So imports are paid once by the script and not once a session; what they cost a tool's user is added to its cost. asv
does the same by itself (its "forkserver").

One JSON object a line comes in, {"do": name, "log": file, ...}, and one goes out, {"seconds": wall, "code": exit code}.
"""

import json
import os
import runpy
import sys
import time
import traceback
from pathlib import Path

from asv.commands.compare import _is_result_better
from asv_runner.benchmarks.time import TimeBenchmark
from asv_runner.statistics import compute_stats

from benchmarks.peers.work import Work


def pytest(asked):
    """The real command."""
    os.environ.update(PEERS_WINDOW=asked["window"], PEERS_TIMES=str(asked["times"]))
    sys.argv = ["pytest", *asked["arguments"]]
    runpy.run_module("pytest", run_name="__main__")


def regressed(asked):
    """pytest-benchmark's own check of two saved runs, at several thresholds."""
    from pytest_benchmark.utils import parse_compare_fail  # noqa: PLC0415  # pytest wants to import it first

    current, compared = (json.loads(Path(file).read_text())["benchmarks"][0]["stats"] for file in asked["runs"])
    checks = [parse_compare_fail(threshold) for threshold in asked["thresholds"]]
    print(json.dumps([bool(check.fails(current, compared)) for check in checks]))


def asv_samples(asked):
    """One of asv's processes: its own warm-up, its own number of samples."""
    found = TimeBenchmark("time_model", Work(asked["window"], asked["times"]), []).run()
    print(json.dumps(found))


def asv_compare(asked):
    """Whether `asv compare` marks the candidate "+", at several factors; samples as with `--record-samples`."""
    (base, base_stats), (new, new_stats) = (compute_stats(samples, 1) for samples in asked["samples"])
    old, fresh = ((stats, samples) for stats, samples in zip((base_stats, new_stats), asked["samples"], strict=True))
    print(json.dumps([bool(_is_result_better(base, new, old, fresh, factor)) for factor in asked["factors"]]))


TASKS = {"pytest": pytest, "regressed": regressed, "asv_samples": asv_samples, "asv_compare": asv_compare}


def child(asked):
    """Do it, with everything printed into the log; the exit code as the interpreter would give it."""
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        TASKS[asked["do"]](asked)
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
    except BaseException:  # noqa: BLE001  # printed, and exit code 1
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(int(code))


def main():
    print(json.dumps({}), flush=True)
    for line in sys.stdin:
        started = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            child(json.loads(line))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(json.dumps({"seconds": time.perf_counter() - started, "code": code}), flush=True)


if __name__ == "__main__":
    main()
