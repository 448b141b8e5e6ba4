"""One repository with a feature on it, and tokens to reach it with."""

import pytest

FILES = {
    "model.py": "STATES = 3\n",
    "gate.toml": "[data]\n",
    ".github/CODEOWNERS": "* @acme\n",
    ".github/workflows/gate.yml": "on:\n  workflow_dispatch:\n",
}
EVERYTHING = dict.fromkeys(
    ("contents", "pull_requests", "issues", "statuses", "checks", "actions", "administration"), "write"
)


@pytest.fixture
def repository(hub):
    return hub.repository("acme/models", FILES)


@pytest.fixture
def feature(repository):
    """The head of the branch ``feature``, one commit before main."""
    return repository.commit({"model.py": "STATES = 4\n"}, "Four states", branch="feature")


@pytest.fixture
def writer(hub):
    return hub.token("writer", EVERYTHING)


@pytest.fixture
def github(hub, repository, writer):
    """The repository as PyGithub sees it."""
    with hub.client(writer) as client:
        yield client.get_repo(repository.full_name)
