"""Each planted defect through the real gate: the metric that must show it does, and the exit code blocks.

Real bars, real processes. The suite is smaller than the default one so that thirty of them fit into CI.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.defects import CHEAP, CLEAN, DEFECTS, Defect

ROOT = Path(__file__).parent.parent.parent


NEEDS_BARS = {
    "",
    "calibration",
    "confidence",
    "cpu",
    "determinism",
    "informativeness",
    "live_parity",
    "regime_change_rate",
    "repaint",
    "strategy_performance",
}
"""Metrics that are statistics of many bars; a crash shows on few."""


def toml(value):
    """JSON is TOML for everything that the table holds, but for tables."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)


def config_of(defect):
    """gate.toml: the cheap v1 against the same with one defect."""
    settings = {key: str(ROOT / value) if key == "strategy" else value for key, value in defect.settings.items()}
    # A defect of the strategy is planted in the trading of a model that is well.
    place = "models.v1" if "strategy" in settings else f"defects.{defect.name}"
    settings.setdefault("factory", f"benchmarks.{place}:RegimeDetector")
    quick_deaths = "timeout = 4\ngive_up = 2\n" if defect.name == "endless_loop" else ""
    return f"""
[data]
sources = ["arch:sp500", "arch:nasdaq"]
[model]
kwargs = {toml(CHEAP)}
[baseline]
path = "{ROOT}"
factory = "benchmarks.models.v1:RegimeDetector"
[candidate]
path = "{ROOT}"
{chr(10).join(f"{key} = {toml(value)}" for key, value in settings.items())}
[run]
train = 750
test = {40 if defect.metric in NEEDS_BARS else 12}
windows = 30
seeds = 1
context = 120
jobs = 1
{quick_deaths}
[calibration]
enabled = {toml(defect.metric in ("calibration", ""))}
[timing]
calls = 40
pairs_min = 3
pairs_max = 6
"""


def judged(defect, folder):
    """Run the gate as a user does; exit code and verdict."""
    (folder / "gate.toml").write_text(config_of(defect))
    done = subprocess.run(
        (sys.executable, "-m", "gate", "run", "-o", "out", "--no-pictures", "--quiet"),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    path = folder / "out" / "verdict.json"
    assert path.exists(), done.stderr
    return done.returncode, json.loads(path.read_text())


def failing(verdict):
    """Metrics that fail."""
    return {j["metric"]: j["sentence"] for j in verdict["judgements"] if j["outcome"] == "FAIL"}


MARGINAL = "slow_fit_marginal"
"""So close to its limit that either outcome is honest; what is asserted is that the figure is right and decides."""
ITSELF = Defect(name="other_seed", metric="", settings={"factory": "benchmarks.models.v1:RegimeDetector"})


@pytest.mark.parametrize("defect", [d for d in DEFECTS if d.name != MARGINAL], ids=lambda defect: defect.name)
def test_a_planted_defect_is_caught_by_the_metric_that_is_there_for_it(defect, tmp_path):
    code, verdict = judged(defect, tmp_path)
    print(f"{defect.name}: {failing(verdict)}")  # noqa: T201 (pytest -rP prints the table of what caught what)
    assert defect.metric in failing(verdict), verdict["reason"]
    assert (code, verdict["verdict"]) == (1, "BLOCK")


def test_a_fit_just_beyond_the_cpu_limit_is_judged_by_what_was_measured(tmp_path):
    defect = next(d for d in DEFECTS if d.name == MARGINAL)
    code, verdict = judged(defect, tmp_path)
    cpu = next(j for j in verdict["judgements"] if j["metric"] == "cpu")
    fit = next(part for part in cpu["parts"] if part["name"] == "fit")
    assert 2.2 < fit["change"] < 4.5
    assert (fit["outcome"] == "FAIL") == (fit["change"] > 3.0)
    assert code == (1 if failing(verdict) else 0)


def test_v1_against_itself_passes(tmp_path):
    code, verdict = judged(ITSELF, tmp_path)
    assert failing(verdict) == {}
    assert (code, verdict["verdict"]) == (0, "PASS"), verdict["reason"]
    assert "same code" in verdict["reason"]


@pytest.mark.parametrize("clean", CLEAN, ids=lambda clean: clean.name)
def test_a_model_that_only_looks_different_passes(clean, tmp_path):
    code, verdict = judged(clean, tmp_path)
    assert failing(verdict) == {}
    assert (code, verdict["verdict"]) == (0, "PASS"), verdict["reason"]
