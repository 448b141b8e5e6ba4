"""gate init in a stranger's repository: what it writes can be run at once, and nothing is written over."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from gate.report import scripts
from gate.report.workflows import NAMES, REQUIREMENTS, path_of
from tests.end_to_end.conftest import Repository

HERE = Path(__file__).parent.parent.parent
WRITTEN = ["gate.toml", *map(path_of, NAMES), REQUIREMENTS]


@pytest.fixture
def stranger(tmp_path):
    """A detector and its bars, a release, and no word of gate."""
    repository = Repository(tmp_path)
    repository.commit("v1", tag="v1.0.0")
    repository.git("rm", "-q", "--cached", "gate.toml")
    (tmp_path / "gate.toml").unlink()
    repository.git("commit", "-qm", "before gate")
    return repository


def there(repository):
    names = repository.git("ls-files", "--cached", "--others").splitlines()
    return sorted(name for name in names if name in WRITTEN or "CODEOWNERS" in name)


def test_what_init_writes_runs_at_once(stranger):
    done = stranger.gate("init")
    assert done.code == 0, done.err
    assert "model     detector:Detector (fit, predict, bars)   detector.py:6" in done.out
    assert "bars.csv" in done.out
    assert "baseline  v1.0.0" in done.out
    assert there(stranger) == sorted(WRITTEN)
    ran = stranger.run("--quick")
    assert ran.code == 0, ran.out + ran.err
    assert ran.verdict["baseline"]["ref"] == "v1.0.0"
    assert ran.verdict["data"]["symbols"] == ["bars"]


def test_nothing_is_written_over_without_being_told_to(stranger):
    assert stranger.gate("init").code == 0
    assert "wrote" not in stranger.gate("init").out, "the same again changes nothing"
    stranger.edit("[candidate]", "# mine\n[candidate]", "gate.toml")
    (stranger.folder / path_of("gate")).unlink()
    refused = stranger.gate("init")
    assert (refused.code, "gate.toml is there already" in refused.err) == (2, True)
    assert not (stranger.folder / path_of("gate")).exists(), "all or nothing"
    assert stranger.gate("init", "--force").code == 0
    assert "# mine" not in (stranger.folder / "gate.toml").read_text()
    assert (stranger.folder / path_of("gate")).exists()


def test_the_emergency_scripts_lie_there_and_may_be_executed(stranger):
    assert stranger.gate("init").code == 0
    for name in scripts.NAMES:
        lies = stranger.folder / scripts.path_of(name)
        assert os.access(lies, os.X_OK)
        assert lies.read_text() == (HERE / scripts.path_of(name)).read_text(), "this repository's own are the same"
    box = json.loads(stranger.gate("checklist", "before", "--json").out)
    assert "emergency_rollback.sh, verify_system.sh are executable" in json.dumps(box)


def test_a_script_of_the_users_own_stays_what_it_is(stranger):
    mine = stranger.folder / scripts.path_of("emergency_rollback.sh")
    mine.parent.mkdir()
    mine.write_text("#!/bin/sh\n# mine\n")
    assert stranger.gate("init").code == 0
    assert "# mine" in mine.read_text()
    assert stranger.gate("init", "--force").code == 0
    assert "# mine" in mine.read_text()


def test_a_dry_run_prints_the_files_and_writes_none(stranger):
    done = stranger.gate("init", "--dry-run", "--owner", "@quants/gate")
    assert done.code == 0
    assert 'factory = "detector:Detector"' in done.out
    assert "/gate.toml @quants/gate" in done.out
    assert all(f"--- {name}\n" in done.out for name in WRITTEN)
    assert there(stranger) == []


def test_flags_say_over_what_is_found(stranger):
    words = (
        "--factory",
        "models.other:Model",
        "--data",
        "arch:sp500",
        "--baseline",
        "HEAD",
        "--no-workflows",
        "--no-scripts",
    )
    told = json.loads(stranger.gate("init", *words, "--json").out)
    assert told["written"] == ["gate.toml"]
    assert told["choice"]["detector"]["factory"] == "models.other:Model"
    assert (told["choice"]["data"], told["choice"]["baseline"]) == (["arch:sp500"], "HEAD")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--factory", "Nothing"), "there is no detector 'Nothing' (found: detector:Detector)"),
        (("--data", "nothing.csv"), "no such file"),
        (("--python", '3.12" #'), "is no version of Python"),
        (("--owner", "me\n* @evil"), "owns no code"),
        (("absent",), "does not exist"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_is_written(stranger, words, said):
    done = stranger.gate("init", *words)
    assert (done.code, said in done.err) == (2, True), done.err
    assert there(stranger) == []


def test_without_a_detector_it_says_how_to_name_one(stranger):
    (stranger.folder / "detector.py").write_text("x = 1\n")
    done = stranger.gate("init")
    assert done.code == 2
    assert "gate init --factory package.module:Class" in done.err


RULE = """
class VolatilityRegime:
    def __init__(self, limit=0.01):
        self.limit = limit

    def detect(self, closes):
        return closes.pct_change().rolling(20).std().gt(self.limit).map({True: "wild", False: "calm"})
"""


def test_a_class_with_names_of_its_own_gets_an_adapter_to_fill_in(stranger):
    (stranger.folder / "detector.py").write_text(RULE)
    stranger.git("commit", "-aqm", "a rule")
    stranger.git("tag", "v1.1.0")
    refused = stranger.gate("init")
    assert (refused.code, "--factory detector:VolatilityRegime" in refused.err) == (2, True)
    done = stranger.gate("init", "--factory", "VolatilityRegime")
    assert done.code == 0
    assert "say in gate_adapter.py how it does both" in done.out
    assert "next      fill in gate_adapter.py; gate run --quick" in done.out
    draft = stranger.gate("doctor")
    assert (draft.code, "gate_adapter.py is the draft that gate init wrote" in draft.out) == (2, True)
    empty = stranger.run("--quick")
    assert "say in gate_adapter.py how VolatilityRegime tells the states of these bars" in empty.verdict["reason"]
    adapter = stranger.folder / "gate_adapter.py"
    body = adapter.read_text().partition("        raise ")[0] + '        return self.detector.detect(bars["close"])\n'
    adapter.write_text(f"{body}\n\ndef adapt(detector):\n    return Adapted(detector)\n")
    assert stranger.gate("init", "--factory", "VolatilityRegime", "--force").code == 0
    assert adapter.read_text().startswith(body), "what was filled in stays"
    config = stranger.folder / "gate.toml"
    config.write_text(config.read_text() + "\n[limits.confidence]\nblocking = false\n")
    assert " X  model" not in stranger.gate("doctor").out
    ran = stranger.run("--quick")
    assert ran.code == 0, ran.out + ran.err
    adapter.unlink()
    gone = stranger.run("--quick")
    assert gone.code == 2
    assert gone.err.splitlines()[0].endswith("there is no file gate_adapter.py")


def test_what_is_built_with_its_data_is_built_by_the_adapter(stranger):
    (stranger.folder / "detector.py").write_text(RULE.replace("limit=0.01", "frame"))
    assert stranger.gate("init", "--factory", "VolatilityRegime", "--no-workflows").code == 0
    config = (stranger.folder / "gate.toml").read_text()
    assert ("factory" in config, 'adapter = "gate_adapter.py:adapt"' in config) == (False, True)
    adapter = (stranger.folder / "gate_adapter.py").read_text()
    assert "from detector import VolatilityRegime" in adapter
    assert "VolatilityRegime(frame)" in adapter
    compile(adapter, "gate_adapter.py", "exec")
    assert "is the draft that gate init wrote" in stranger.gate("doctor").out
    (stranger.folder / "gate_adapter.py").unlink()
    missing = stranger.run("--quick")
    assert missing.code == 2
    assert "adapter 'gate_adapter.py:adapt' is not there" in missing.err
    assert "`gate init --factory package.module:Class` writes a draft of it" in missing.err


def test_workflows_are_for_the_root_of_a_repository(stranger):
    (stranger.folder / "inner").mkdir()
    (stranger.folder / "inner" / "m.py").write_text((stranger.folder / "detector.py").read_text())
    assert stranger.gate("init", "inner").code == 2
    assert stranger.gate("init", "inner", "--no-workflows").code == 0
    assert (stranger.folder / "inner" / "gate.toml").exists()


def test_data_that_does_not_load_is_said_and_bars_that_do_are_taken(stranger):
    (stranger.folder / "bars.csv").write_text("date,open,high,low,close,volume\n2020-01-01,1,1,1,x,1\n")
    done = stranger.gate("init", "--no-workflows")
    assert done.code == 0
    assert "bars.csv cannot be used" in done.out
    assert '["arch:sp500", "arch:nasdaq"]' in (stranger.folder / "gate.toml").read_text()


def test_on_a_terminal_it_asks(stranger):
    (stranger.folder / "other.py").write_text((stranger.folder / "detector.py").read_text())
    master, terminal = pty.openpty()
    asked = subprocess.Popen(
        (sys.executable, "-m", "gate", "init", "--no-workflows"),
        cwd=stranger.folder,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
    )
    os.close(terminal)
    os.write(master, b"2\n\n-\n")
    assert asked.wait(timeout=60) == 0
    os.close(master)
    written = (stranger.folder / "gate.toml").read_text()
    assert 'factory = "other:Detector"' in written
    assert '# ref = "v1.0.0"' in written
