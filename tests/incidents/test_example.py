"""The example that the documentation points at is one that this gate reads, with its proofs beside it."""

import re
from pathlib import Path

from gate.adapters.evidence import read
from gate.adapters.incident_files import IncidentFiles
from gate.domain.incident import Stage, Standing, moment
from gate.judging.clock import progress

ROOT = Path(__file__).parent.parent.parent
EXAMPLE = ROOT / "reports/example-incident"


def the_one():
    (one,) = IncidentFiles(folder=EXAMPLE / "reports/incidents", body=lambda *_: "").all()
    return one


def test_it_went_from_trigger_to_closed_with_every_step_in_time():
    one = the_one()
    told = progress(one, moment(one.closed_at))
    assert not one.is_open
    assert {step.stage for step in told.deadlines if step.done} == set(Stage)
    assert {step.standing for step in told.deadlines if step.due} == {Standing.MET}
    assert told.doubts == ()


def test_its_proofs_are_there_and_are_records_of_gate():
    proofs = {entry.proof for entry in the_one().entries if entry.proof.endswith(".json")}
    assert len(proofs) == 3
    assert all(read(EXAMPLE / name) is not None for name in proofs)


def test_every_link_of_its_record_leads_somewhere():
    (path,) = (EXAMPLE / "reports/incidents").glob("*.md")
    links = re.findall(r"\]\((\.\./[^)]+)\)", path.read_text())
    assert links
    assert all((path.parent / link).exists() for link in links)


def test_the_page_names_what_there_is():
    text = (ROOT / "docs/incidents.md").read_text()
    for name in re.findall(r"\]\((\.\./[^)]+)\)", text):
        assert (ROOT / "docs" / name).exists(), name
    for name, file in re.findall(r"`(\w+)` in\n?`(gate/[\w/]+\.py)`", text):
        assert f"def {name}(" in (ROOT / file).read_text()
