"""What the gate costs beyond running the two models: `python -m benchmarks.overhead`.

The bare work is the same fits and the same live calls, in plain loops, spread over the same number of processes, with
nothing recorded. Both are timed as whole commands, taking turns, and the ratio is formed pair by pair.
"""

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from gate.adapters.market_data import MarketDataFiles
from gate.cli.options import read_settings
from gate.usecases.observe import SIMULATOR_SEED
from gate.usecases.plan import WARM_UP, check_plan, quickened, simulated_windows, symbols_of
from gate.worker.bars import log_return, log_volatility

ROOT = Path(__file__).parent.parent


def features(bars):
    """(T, 2) what the gate's worker hands to models that take features."""
    prices = np.column_stack([bars.open, bars.high, bars.low, bars.close, bars.volume])
    returns = log_return(prices)
    return np.column_stack([returns, log_volatility(returns)])


def bare_run(job):
    """One version x symbol x seed: fit each window, then predict and predict_proba at every bar, and throw it away."""
    factory, kwargs, matrix, windows, seed, context = job
    place, _, name = factory.partition(":")
    build = getattr(importlib.import_module(place), name)
    for start, stop, end in windows:
        train = matrix[start:stop]
        centre, scale = train.mean(axis=0), train.std(axis=0)
        model = build(**kwargs, random_state=seed)
        model.fit((train - centre) / scale)
        for bar in range(stop, end):
            seen = (matrix[max(0, bar + 1 - context) : bar + 1] - centre) / scale
            model.predict(seen)
            model.predict_proba(seen)


def bare(config, quick, jobs):
    """All runs of the question, without the gate."""
    settings = read_settings(config)
    if quick:
        settings, _ = quickened(settings)
    data = MarketDataFiles().load(settings.data, config.parent)
    windows, seeds = check_plan(settings, data, quick=quick)
    asked = [(bars, windows[bars.symbol], seed) for seed in range(seeds) for bars in symbols_of(data, quick=quick)]
    if settings.calibration.enabled:
        length = WARM_UP + settings.run.train + settings.calibration.bars
        for draw in range(settings.calibration.draws):
            simulated = MarketDataFiles().simulate(length, SIMULATOR_SEED + draw)
            asked.append((simulated, simulated_windows(simulated, settings), 0))
    work = [
        (
            model.factory,
            model.kwargs,
            features(bars),
            [(w.train_start, w.train_stop, w.test_stop) for w in plans],
            seed,
            settings.run.context,
        )
        for bars, plans, seed in asked
        for model in (settings.baseline_model, settings.candidate_model)
    ]
    with ProcessPoolExecutor(jobs) as pool:
        list(pool.map(bare_run, work, chunksize=1))


def seconds_of(command):
    """Wall seconds of a whole command, with threads pinned as the gate pins them."""
    pinned = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env={**environment, **pinned}, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(done.stderr)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", type=Path, default=ROOT / "gate.toml")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--bare", action="store_true", help="do the bare work in this process and leave")
    asked = parser.parse_args()
    if asked.bare:
        bare(asked.config.resolve(), asked.quick, asked.jobs)
        return
    flags = ["--quick"] if asked.quick else []
    with tempfile.TemporaryDirectory() as folder:
        gate = [sys.executable, "-m", "gate", "run", "--config", str(asked.config), "-o", folder, "--quiet", *flags]
        plain = [sys.executable, "-m", "benchmarks.overhead", "--bare", "--config", str(asked.config), *flags]
        pairs = [(seconds_of(gate), seconds_of(plain)) for _ in range(asked.pairs)]
        record = json.loads((Path(folder) / "verdict.json").read_text())
        judged = [seconds_of([sys.executable, "-m", "gate", "judge", folder, "--json"]) for _ in range(5)]
        helped = [seconds_of([sys.executable, "-m", "gate", "--help"]) for _ in range(10)]
    print(f"gate run:   {statistics.median(g for g, _ in pairs):6.1f} s   (verdict {record['verdict']})")
    print(f"bare work:  {statistics.median(b for _, b in pairs):6.1f} s")
    ratios = [round(g / b, 2) for g, b in pairs]
    print(f"ratio:      {statistics.median(ratios):6.2f}     pairs: {ratios}")
    stages = record["seconds"]
    rest = pairs[-1][0] - sum(stages.values())
    print("where it goes (last run): " + ", ".join(f"{name} {spent:.1f} s" for name, spent in stages.items()), end="")
    print(f", start, judging, report and pictures {rest:.1f} s")
    print(f"gate judge: {statistics.median(judged):6.2f} s   gate --help: {statistics.median(helped):.3f} s")


if __name__ == "__main__":
    main()
