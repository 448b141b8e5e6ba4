"""What follows a rollback: people are told, the history keeps it; and nothing of that can stop it."""

import pytest

from tests.alerting.servers import SLACK, Services, busy

pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.fixture
def services(tmp_path):
    with Services(tmp_path / "services") as made:
        yield made


def taken_back(repo, services, *words):
    (repo.folder / "gate.toml").write_text(services.toml)
    variables = services.environment
    return repo.process("rollback", "feature", "--commit", repo.squashed, "--max-age", "100000", *words, **variables)


def test_people_are_told_of_a_rollback_by_every_channel_that_hears_it(repo, services):
    done = taken_back(repo, services, "--reason", "CPU is 4 times the baseline's")
    assert (done.code, done.err) == (0, "")
    (message,) = services.at(SLACK)
    for words in (b"Rollback, level 1: branch pushed", b"CPU is 4 times", b"hotfix/revert-"):
        assert words in message.body
    assert services.mail.letters == []  # a feature that goes back is a warning; the mailbox hears what is critical


def test_a_rehearsal_or_what_stays_here_is_told_to_nobody(repo, services):
    assert taken_back(repo, services, "--dry-run").code == 0
    assert taken_back(repo, services, "--no-push").code == 0
    assert services.received == []


def test_a_second_trigger_that_finds_it_done_is_told_to_nobody(repo, services):
    assert taken_back(repo, services).code == taken_back(repo, services).code == 0
    assert len(services.at(SLACK)) == 1


def test_a_service_that_does_not_answer_changes_nothing_of_the_rollback(repo, services):
    services.modes.set(SLACK, busy(500))
    done = taken_back(repo, services)
    assert done.code == 0
    assert any(name.startswith("refs/heads/hotfix/") for name in repo.refs())


def test_settings_that_cannot_be_read_are_one_line_and_change_nothing_of_the_rollback(repo, services):
    (repo.folder / "gate.toml").write_text('[alerts.slack]\nurl = "https://hooks.slack.com/services/T0/B0/x"\n')
    words = ("rollback", "feature", "--commit", repo.squashed, "--max-age", "100000")
    done = repo.process(*words, **services.environment)
    assert done.code == 0
    assert "nobody is told" in done.err
    assert "T0/B0" not in done.err
