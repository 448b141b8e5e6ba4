"""Which artifact is a run's."""

from datetime import UTC, datetime

import pytest

from gate.adapters.github.artifact import artifact
from gate.domain.publication import Run
from gate.errors import GitHubError
from tests.adapters.github.conftest import Answer

pytestmark = pytest.mark.enable_socket
HEAD = "a" * 40
RUN = Run(
    id=7,
    attempt=1,
    path="gate.yml",
    event="pull_request",
    repository="o/r",
    head_sha=HEAD,
    head_branch="b",
    head_owner="o",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


def listed(**changed):
    made_by = {"id": 7, "head_sha": HEAD}
    return {"id": 1, "name": "observations", "expired": False, "workflow_run": made_by} | changed


@pytest.mark.parametrize(
    ("one", "is_ours"),
    [
        (listed(), True),
        (listed(workflow_run=None), True),  # an older server does not say it
        (listed(workflow_run={"id": 7}), True),
        (listed(workflow_run={"id": 8, "head_sha": HEAD}), False),
        (listed(workflow_run={"id": 7, "head_sha": "b" * 40}), False),
        (listed(name="another"), False),
        (listed(expired=True), False),
    ],
)
def test_an_artifact_of_another_name_run_or_head_is_not_the_runs(one, is_ours, told):
    told.answers = [Answer(body={"artifacts": [one]}), Answer(body=b"PK", headers={"Content-Type": "application/zip"})]
    with told.client() as client, artifact(client, RUN, "observations", 100) as found:
        assert (found is not None) is is_ours


def test_an_archive_that_comes_drop_by_drop_is_given_up(told):
    told.answers = [
        Answer(body={"artifacts": [listed()]}),
        Answer(body=b"PK" * 50, headers={"Content-Type": "application/zip"}, act="drops"),
    ]
    with (
        told.client(whole=0.5) as client,
        pytest.raises(GitHubError, match="takes too long"),
        artifact(client, RUN, "observations", 1000),
    ):
        pass
