"""`gate culprit` as a user calls it, on a stranger's repository of 24 commits."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import msgspec
import pytest

from gate.domain.culprit import Culprits
from tests.end_to_end.conftest import Repository

LEVEL = "        return level\n"
AHEAD = "        return np.convolve(np.pad(level, 10, mode='edge'), np.ones(21) / 21, 'valid')\n"
BROKEN_AT, AHEAD_AT, STEPS = 12, 17, 24


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """24 commits after v1.0.0: one does not parse, one looks ten bars ahead, one only speaks."""
    repository = Repository(tmp_path_factory.mktemp("history"))
    short = (repository.folder / "gate.toml").read_text().replace("windows = 30", "windows = 20\nseeds = 1")
    rates = ("training_failures", "prediction_errors", "invalid_predictions")
    floors = "".join(f"[limits.{rate}]\nblocking = false\n" for rate in rates)  # else more seeds are taken
    (repository.folder / "gate.toml").write_text(short + floors)
    repository.shas = [repository.commit("The detector", tag="v1.0.0")]
    for step in range(1, STEPS + 1):
        if step in (BROKEN_AT, BROKEN_AT + 1):
            words = ("class Detector:", "class Detector(:")
            repository.edit(*(words if step == BROKEN_AT else words[::-1]))
        if step == AHEAD_AT:
            repository.edit(LEVEL, AHEAD)
        with (repository.folder / "detector.py").open("a") as file:
            file.write(f"# step {step}\n")
        repository.shas.append(
            repository.commit(f"Smooth the regimes (#{step})" if step == AHEAD_AT else f"Step {step}")
        )
    return repository


SEARCH = ("culprit", "--good", "v1.0.0", "--metric", "repaint", "--cache", "kept")


def test_killed_in_the_middle_it_goes_on_and_finds_the_look_ahead_commit_among_24_and_touches_nothing(made):
    before = made.git("for-each-ref"), made.git("count-objects"), made.git("status", "--porcelain")
    environment = {**os.environ, "GATE_CACHE_DIR": str(made.folder / ".cache")}
    words = (sys.executable, "-m", "gate", *SEARCH)
    process = subprocess.Popen(words, cwd=made.folder, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and lines(made) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    known = lines(made)
    done = made.gate(*SEARCH, timeout=200)
    assert done.code == 0, done.out + done.err
    assert f"commit     {made.shas[AHEAD_AT]}" in done.out
    assert "Smooth the regimes (#17)" in done.out
    assert f"gate rollback feature --commit {made.shas[AHEAD_AT]}" in done.out
    assert f"untestable {made.shas[BROKEN_AT][:12]} SyntaxError" in done.out
    assert f"{known} answers were known before" in done.out
    (log,) = (made.folder / "kept").glob("*.jsonl")
    learned = [json.loads(line) for line in log.read_text().splitlines()]
    assert len(learned) == len({entry["tree"] for entry in learned}), "nothing is learned twice"
    assert sum("judgements" in entry["evaluation"] and not entry["evaluation"]["untestable"] for entry in learned) <= 7
    again = made.gate(*SEARCH, "--json")
    assert msgspec.json.decode(again.out, type=Culprits).evaluated == 0
    shutil.rmtree(made.folder / "kept")
    assert (made.git("for-each-ref"), made.git("count-objects"), made.git("status", "--porcelain")) == before


def lines(made):
    return sum(file.read_bytes().count(b"\n") for file in (made.folder / "kept").glob("*.jsonl"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--good", "HEAD", "--bad", "v1.0.0"), "no ancestor"),
        (("--good", "HEAD"), "same commit"),
        (("--good", "v1.0.1"), "did you mean"),
        (("--good", "v1.0.0", "--metric", "repant"), "did you mean repaint"),
        (("--good", "v1.0.0", "--untestable", "guess"), "guess"),
        ((), "--good"),
    ],
)
def test_wrong_input_is_one_line_of_what_and_one_of_what_to_do(made, words, said):
    done = made.gate("culprit", *words)
    assert done.code == 2
    assert said in done.err
    assert done.err.startswith("gate: ")
    assert len(done.err.strip().splitlines()) <= 2


def test_a_step_hidden_behind_a_commit_that_does_not_parse_is_ambiguous_and_takes_nothing_back(made):
    made.git("checkout", "--quiet", "-b", "hidden", "v1.0.0")
    made.edit("class Detector:", "class Detector(:")
    broken = made.commit("Broken")
    made.edit("class Detector(:", "class Detector:")
    made.edit(LEVEL, AHEAD)
    ahead = made.commit("Mended, and ahead")
    made.git("checkout", "--quiet", "main")
    done = made.gate("culprit", "--good", "v1.0.0", "--bad", "hidden", "--metric", "repaint")
    assert done.code == 3, done.out + done.err
    assert f"possible   {broken[:12]} Broken" in done.out
    assert f"possible   {ahead[:12]} Mended, and ahead" in done.out
    assert "gate rollback" not in done.out
    blamed = made.gate(
        "culprit", "--good", "v1.0.0", "--bad", "hidden", "--metric", "repaint", "--untestable", "culprit"
    )
    assert blamed.code == 0
    assert f"commit     {broken}" in blamed.out
    assert "this call: 0 evaluations" in blamed.out


def test_a_commit_that_does_not_parse_is_found_as_the_crash(made):
    ends = ("--good", made.shas[BROKEN_AT - 1], "--bad", made.shas[BROKEN_AT])
    done = made.gate("culprit", *ends, "--json", "--quick", "--cache", "crash")
    found = msgspec.json.decode(done.out, type=Culprits)
    assert done.code == 0
    assert (found.findings[0].metric, found.findings[0].culprit.sha) == ("strategy_crashes", made.shas[BROKEN_AT])
    assert "SyntaxError" in found.findings[0].reading.sentence
    shutil.rmtree(made.folder / "crash")
