"""What a job knows and says: the event, the origin of observations, annotations that are no commands."""

import json

import pytest

from gate.adapters.actions import ActionsJob
from gate.domain.origin import Origin
from gate.domain.publication import Annotation
from gate.errors import BrokenQuestionError, GateError

HEAD, BASE = "a" * 40, "b" * 40
PULL = {"pull_request": {"head": {"sha": HEAD}, "base": {"sha": BASE}}}
GROUP = {"merge_group": {"head_sha": HEAD, "base_sha": BASE}}


def job(tmp_path, name, payload, **more):
    path = tmp_path / "event.json"
    path.write_text(json.dumps(payload))
    run = {"GITHUB_REPOSITORY": "o/r", "GITHUB_RUN_ID": "7", "GITHUB_RUN_ATTEMPT": "2"}
    return ActionsJob({"GITHUB_EVENT_PATH": str(path), "GITHUB_EVENT_NAME": name, **run, **more})


@pytest.mark.parametrize(("name", "payload"), [("pull_request", PULL), ("merge_group", GROUP)])
def test_observations_know_which_job_made_them(name, payload, tmp_path):
    wanted = Origin(repository="o/r", run_id=7, head_sha=HEAD, base_sha=BASE)
    assert job(tmp_path, name, payload).origin() == wanted


@pytest.mark.parametrize(
    ("name", "payload"), [("push", {}), ("pull_request", {"pull_request": {}}), ("pull_request", [])]
)
def test_other_jobs_have_no_origin(name, payload, tmp_path):
    assert job(tmp_path, name, payload).origin() is None
    assert ActionsJob({}).origin() is None


@pytest.mark.parametrize("payload", [{}, {"workflow_run": {}}, {"workflow_run": 1, "repository": {"full_name": "o/r"}}])
def test_an_event_that_makes_no_sense_is_one_line(payload, tmp_path):
    with pytest.raises(BrokenQuestionError, match="makes no sense"):
        job(tmp_path, "workflow_run", payload).started_by()


def test_an_annotation_is_one_command_whatever_is_in_it(capsys, tmp_path):
    nasty = "a%b\n::set-output name=x::y\r,c:d"
    one = Annotation(path="x,y:z.py", line=1, level="failure", title=nasty, message=nasty)
    ActionsJob({"GITHUB_ACTIONS": "true"}).annotate([one])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("::error file=x%2Cy%3Az.py,line=1,title=a%25b%0A%3A%3Aset-output")


def test_an_output_cannot_close_itself(tmp_path):
    path = tmp_path / "out"
    ActionsJob({"GITHUB_OUTPUT": str(path)}).outputs({"verdict": "x\nEOF\nother=1"})
    first, *rest = path.read_text().splitlines()
    end = first.partition("<<")[2]
    assert rest == ["x", "EOF", "other=1", end]
    assert len(end) > 30


def test_outside_of_a_job_nothing_is_said(capsys):
    quiet = ActionsJob({})
    quiet.summary("x")
    quiet.outputs({"a": "b"})
    quiet.annotate([Annotation(path="x", line=1, level="failure", title="t", message="m")])
    assert capsys.readouterr().out == ""
    assert quiet.url() == ""


@pytest.mark.parametrize("variable", ["GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"])
def test_a_file_of_the_job_that_cannot_be_written_is_one_line(variable, tmp_path):
    told = ActionsJob({variable: str(tmp_path)})
    with pytest.raises(GateError, match=f"cannot write {variable}: Is a directory"):
        told.summary("x") if variable == "GITHUB_STEP_SUMMARY" else told.outputs({"a": "b"})
