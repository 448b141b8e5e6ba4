"""The gate's CPU rule beside pytest-benchmark, asv and hyperfine, on the same slowdowns of the same model.

`python -m benchmarks.peers [--quick] [--minutes N] [--markdown] [--json FILE] [--add FILE ...] [--environment DIR]`

Every tool decides in blocks, and in each block about every slowdown. The tools take turns in random order until the
time is up, half of it with nothing beside them and half beside two processes that are busy now and then, so that
whatever the machine does hits all alike. Every decision counted is a real one; none is resampled. Six minutes are a few
blocks: runs at different times add up (`--add`).
"""

import json
import random
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

import numpy as np
import platformdirs
from rich.console import Console
from rich.table import Table

from benchmarks.error_rates.cpu import (
    NEIGHBOURS,
    NOW_AND_THEN,
    SEED,
    SETTINGS,
    first_bars,
    loaded,
    neighbours,
)
from benchmarks.error_rates.figures import options
from benchmarks.overhead import features
from benchmarks.peers import tools
from benchmarks.peers.environment import GET_HYPERFINE, Environment, installed
from benchmarks.peers.table import HEAD, ColdRun, Row, cells, markdown, pooled
from benchmarks.peers.tools import COMPARED, LIMIT, MARGIN, Bench, Decided
from benchmarks.peers.work import CONTEXT
from gate.usecases.plan import windows_of

SITUATIONS = {"nothing": 0, "neighbours": NEIGHBOURS}
SHOWN = ("gate", tools.PYTEST, tools.STORED, "asv", "hyperfine")
"""The order of the table."""
HYPERFINE_EVERY = 3
"""Its blocks take longer than those of the others together."""
Block = Mapping[str, Decided]
Turn = Callable[[], Mapping[str, Block]]
"""Lets a tool decide once about everything; returns what it, and what its variants, said."""


def window(folder: Path) -> Path:
    """The rows that the gate times, in a file that every peer reads."""
    bars = first_bars()
    plan = windows_of(bars, SETTINGS.run)[-1]
    rows = features(bars)
    train = rows[plan.train_start : plan.train_stop]
    scaled = (rows - train.mean(axis=0)) / train.std(axis=0)
    first = plan.train_stop + 1 - CONTEXT
    kept = folder / "window.npz"
    live = scaled[first : plan.train_stop + SETTINGS.timing.calls]
    np.savez(kept, train=scaled[plan.train_start : plan.train_stop], live=live)
    return kept


def cold_run(environment: Environment, kept: Path) -> ColdRun:
    """Start, import, fit and call v1 once."""
    started = time.perf_counter()
    command = [environment.python, "-m", "benchmarks.peers.work", kept, "1.0"]
    work = float(subprocess.check_output(command, env=environment.variables, text=True))
    return ColdRun(load=time.perf_counter() - started - work, work=work)


def measured(where: str, seconds: float, turns: Mapping[str, Turn], cold: Callable) -> list[Row]:
    """Let the tools take turns until the time is up; each has at least one."""
    order = random.Random(SEED)
    blocks: dict[str, list[Block]] = defaultdict(list)
    colds = []
    until = time.monotonic() + seconds
    cycle = 0
    while cycle == 0 or time.monotonic() < until:
        names = [name for name in turns if name != "hyperfine" or cycle % HYPERFINE_EVERY == 0]
        for name in order.sample(names, len(names)):
            for tool, block in turns[name]().items():
                blocks[tool].append(block)
        colds.append(cold())
        cycle += 1
    return [Row(tool=name, where=where, blocks=found, cold=colds) for name, found in blocks.items()]


def compared(environment: Environment, minutes: float, hyperfine_runs: int) -> list[Row]:
    """Every tool in every situation."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        kept = window(Path(folder))
        arms = loaded(stack, COMPARED)
        bench = stack.enter_context(Bench(environment, kept))
        draw = random.Random(SEED)
        turns: dict[str, Turn] = {
            "gate": lambda: {"gate": tools.gate(arms, draw)},
            tools.PYTEST: lambda: tools.pytest_benchmark(bench),
            "asv": lambda: {"asv": tools.asv(bench)},
        }
        if environment.hyperfine is not None:
            turns["hyperfine"] = lambda: {"hyperfine": tools.hyperfine(bench, hyperfine_runs)}
        for where, count in SITUATIONS.items():
            with neighbours(count, NOW_AND_THEN):
                share = 60 * minutes / len(SITUATIONS)
                rows += measured(where, share, turns, lambda: cold_run(environment, kept))
    return sorted(rows, key=lambda row: SHOWN.index(row.tool))


def remarks(environment: Environment, rows: list[Row], hyperfine_runs: int) -> list[str]:
    """What one must know to read the table."""
    versions = ", ".join(f"{name} {number}" for name, number in environment.versions.items())
    said = [
        f"{versions}. Slower: by more than {MARGIN:g}x. 95% intervals are exact (Clopper & Pearson).",
        f"gate: warned or blocked; beyond {LIMIT:g}x: blocked.",
        f"pytest-benchmark: --benchmark-compare-fail={tools.percent(MARGIN)} fails; the baseline is saved just before,",
        "where it says stored, one block earlier.",
        f"asv: `asv compare --factor {MARGIN:g}` marks it +, on recorded samples (Mann-Whitney U, p < 0.002).",
    ]
    if environment.hyperfine is not None:
        said.append(f"hyperfine: x times faster ± y, and x - y > {MARGIN:g}; {hyperfine_runs} runs of each.")
    said += [
        f"gate, {row.where}: imports side by side; one after the other the cost would be {row.cost_in_turn:.1f}."
        for row in rows
        if row.tool == "gate"
    ]
    said += [f"{row.tool}, {row.where}: {row.undecided} left undecided" for row in rows if row.undecided]
    return said


def main():
    parser = options(__doc__)
    parser.add_argument("--minutes", type=float, default=6.0, help="wall time of the measuring")
    parser.add_argument("--hyperfine-runs", type=int, default=5, metavar="N")
    parser.add_argument("--add", type=Path, nargs="+", default=[], metavar="FILE", help="count what --json kept, too")
    parser.add_argument("--markdown", action="store_true", help="print the table as it stands in the documents")
    where = platformdirs.user_cache_path("gate") / "peers"
    parser.add_argument("--environment", type=Path, default=where, metavar="DIR", help="where the peers are installed")
    asked = parser.parse_args()
    environment = installed(asked.environment.resolve())
    if environment.hyperfine is None:
        print(GET_HYPERFINE)
    minutes, runs = (0.5, 2) if asked.quick else (asked.minutes, asked.hyperfine_runs)
    earlier = [row for file in asked.add for row in json.loads(file.read_text())["rows"]]
    rows = pooled(compared(environment, minutes, runs), earlier)
    said = remarks(environment, rows, runs)
    if asked.markdown:
        print(markdown(rows), *said, sep="\n")
    else:
        table = Table(*HEAD, title="CPU of the model: which tool finds what", title_justify="left")
        for row in rows:
            table.add_row(*cells(row))
        Console(width=200).print(table, *said, sep="\n")
    if asked.json:
        kept = {"remarks": said, "rows": [asdict(row) for row in rows]}
        asked.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
