"""Wrong input: one clear line, the right exit code, nothing half done."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest


def refused(done, *words):
    """Exit 2, one line that has the words and one of advice, and no verdict."""
    assert done.code == 2, done.out + done.err
    lines = done.err.strip().splitlines()
    assert len(lines) <= 2, done.err
    assert lines[0].startswith("gate: ")
    for word in words:
        assert word in done.err
    assert not (done.output / "verdict.json").exists()
    assert not (done.output / "observations").exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("train = 120", "trian = 120", ["trian", "did you mean 'train'?"]),
        ("[run]", "[runs]", ["runs", "did you mean 'run'?"]),
        ("train = 120", 'train = "many"', ["train", "expected `int`"]),
        ("train = 120", "train = 12000", ["900 bars", "12000 train"]),
        ("windows = 30", "windows = 1", ["seeds"]),
        ('["bars.csv"]', '["bras.csv"]', ["bras.csv"]),
        ('["bars.csv"]', "[]", ["sources is empty"]),
        ("[data]", "[data", ["is not TOML"]),
        ("detector:Detector", "detector:Detektor", ["Detektor"]),
        ("detector:Detector", "detektor:Detector", ["detektor"]),
        ("detector:Detector", "Detector", ['factory = "package.module:Name"']),
    ],
)
def test_a_wrong_setting_is_one_line_that_says_what_to_do(repository, old, new, words):
    repository.edit(old, new, "gate.toml")
    refused(repository.run(), *words)


def test_a_missing_settings_file_is_named(repository):
    refused(repository.run("--config", "gaet.toml"), "gaet.toml")


def test_a_folder_without_settings_says_so(repository):
    (repository.folder / "gate.toml").unlink()
    refused(repository.run(), "no gate.toml here")


def test_an_unknown_ref_is_named_with_the_nearest_one(repository):
    repository.commit("v1", tag="v1.0.0")
    refused(repository.run("--baseline", "v1.0.O"), "v1.0.O", "v1.0.0")


def test_a_ref_outside_git_says_so(repository):
    refused(repository.run("--baseline", "v1.0.0"), "git")


def test_a_ref_that_looks_like_an_option_is_no_option(repository):
    repository.commit("v1")
    refused(repository.run("--baseline=--output=/tmp/x"))


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        (5, "2015-01-02,1,1,1,1,1", ["line", "2015-01-02"]),
        (6, "2015-01-06,1,1,1,-4,1", ["2015-01-06", "close"]),
        (8, "2015-01-08,1,1,1,,1", ["2015-01-08", "close"]),
    ],
    ids=["doubled", "negative", "missing"],
)
def test_dirty_bars_are_named_by_row_and_date_before_anything_runs(repository, line, cell, words):
    path = repository.folder / "bars.csv"
    rows = path.read_text().splitlines()
    rows[line] = cell
    path.write_text("\n".join(rows))
    refused(repository.run(), "bars.csv", *words)


def test_an_empty_file_is_named(repository):
    (repository.folder / "bars.csv").write_text("")
    refused(repository.run(), "bars.csv")


def test_dependencies_that_cannot_be_installed_are_named(repository):
    repository.commit("v1", tag="v1.0.0")
    (repository.folder / "requirements.txt").write_text("./no-such-package-anywhere\n")
    refused(repository.run("--baseline", "v1.0.0"), "no-such-package-anywhere")


def test_an_output_folder_that_cannot_be_written_is_named(repository):
    (repository.folder / "out").write_text("a file in its place")
    done = repository.run()
    assert done.code == 2
    assert "--output" in done.err


def test_a_misspelt_command_names_the_nearest(repository):
    done = repository.gate("judg")
    assert done.code == 2
    assert "did you mean 'judge'?" in done.err


def test_judging_nothing_says_what_to_give(repository):
    done = repository.gate("judge", "nowhere")
    assert done.code == 4
    assert "gate observe" in done.err


def children_of(folder):
    """Processes whose working directory is in the folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if str(folder) in str((entry / "cwd").readlink()) and "worker.py" in (entry / "cmdline").read_text():
                found.append(entry.name)
        except OSError:
            continue
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_no_process_and_no_verdict(repository, sign):
    repository.edit("def predict(self, frame):", "def predict(self, frame):\n        import time; time.sleep(0.05)")
    gate = subprocess.Popen(
        (sys.executable, "-m", "gate", "run", "-o", "out"),
        cwd=repository.folder,
        stderr=subprocess.PIPE,
        env={**os.environ, "GATE_CACHE_DIR": str(repository.folder / ".cache")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (a job in the background ignores it)
    )
    deadline = time.monotonic() + 60
    while len(children_of(repository.folder)) < 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    gate.send_signal(sign)
    _, err = gate.communicate(timeout=30)
    assert gate.returncode == 4
    assert b"interrupted" in err
    assert children_of(repository.folder) == []
    assert not (repository.output / "verdict.json").exists()
    assert [path.name for path in repository.output.iterdir()] == [".gitignore"]
