"""The report that the README shows is what the gate says today of the observations stored beside it."""

import json
from pathlib import Path

import msgspec
import pytest

from gate.adapters.observation_store import ObservationFiles
from gate.judging.judge import Circumstances
from gate.usecases.judge import files_of, judge

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "reports" / "example"


@pytest.fixture(scope="module")
def judged():
    return judge(ObservationFiles().read(EXAMPLE / "observations"), Circumstances())


def leaves(value, place=""):
    """Every number and text of a document by its place."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {key: leaf for name, part in items for key, leaf in leaves(part, f"{place}/{name}").items()}
    return {place: value}


def test_the_example_is_judged_as_it_was(judged):
    now = leaves(json.loads(msgspec.json.encode(judged.record)))
    then = leaves(json.loads((EXAMPLE / "verdict.json").read_text()))
    assert now.keys() == then.keys()
    for place, value in then.items():  # processors differ in the last bits of a product
        assert now[place] == (pytest.approx(value, rel=1e-9) if isinstance(value, float) else value), place


def test_the_example_report_is_what_is_rendered_today(judged):
    pictures = {path.name: b"" for path in sorted((EXAMPLE / "pictures").iterdir())}
    files = files_of(judged, "gate run --config reports/example/gate.toml", pictures)
    written = (EXAMPLE / "report.md").read_text()
    assert sorted(files["report.md"].decode().splitlines()) == sorted(written.splitlines())


def test_the_readme_shows_its_first_lines():
    first = (EXAMPLE / "report.md").read_text().splitlines()[1:5]
    readme = (ROOT / "README.md").read_text()
    assert all(line in readme for line in first)


def test_it_names_no_path_of_the_machine_it_was_made_on():
    said = (EXAMPLE / "observations" / "observations.json").read_text() + (EXAMPLE / "report.md").read_text()
    assert str(ROOT) not in said
    assert "/home/" not in said
