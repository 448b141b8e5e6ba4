"""What gate keeps beside gate.toml is no change of the checkout, whoever keeps something there first."""

import itertools
import subprocess

import pytest

from gate.adapters.alerts.rings import RingsFile
from gate.adapters.monitor_store import alone
from gate.disk import OWN, unseen
from gate.wiring.history import own_folder


def history(folder):
    outbox = folder / OWN / "outbox"
    own_folder(folder, outbox)
    outbox.mkdir(parents=True, exist_ok=True)
    (outbox / "1.json").write_text("{}")


def monitor(folder):
    with alone(folder / OWN / "monitor.sqlite"):
        (folder / OWN / "monitor.json").write_text("{}")


def alerts(folder):
    with RingsFile(folder / OWN / "alerts.sqlite").held():
        pass


ROOMS = {"history": history, "monitor": monitor, "alerts": alerts}


@pytest.mark.parametrize("switch", [False, True])
@pytest.mark.parametrize("order", list(itertools.permutations(ROOMS)), ids=" ".join)
def test_in_whatever_order_git_sees_the_switch_alone(tmp_path, order, switch):
    subprocess.run(("git", "init", "-q", tmp_path), check=True)
    if switch:
        (tmp_path / OWN).mkdir()
        (tmp_path / OWN / "no-rollback").write_text("holiday\n")
    for name in order:
        ROOMS[name](tmp_path)
    words = ("git", "-C", tmp_path, "status", "--porcelain", "--untracked-files=all")
    said = subprocess.run(words, check=True, capture_output=True, text=True).stdout.splitlines()
    assert said == ([f"?? {OWN}/no-rollback"] if switch else [])


def test_what_somebody_had_written_there_stays(tmp_path):
    (tmp_path / ".gitignore").write_text("mine")
    unseen(tmp_path)
    unseen(tmp_path)
    lines = (tmp_path / ".gitignore").read_text().splitlines()
    assert (lines[0], lines.count("*")) == ("mine", 1)
