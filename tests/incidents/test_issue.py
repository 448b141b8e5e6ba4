"""The GitHub issue is kept in step: one an incident, whatever fails; never without a token."""

import contextlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from gate.adapters.github import Client, Connection, GitHubIssues, Pace
from gate.domain.incident import IssuePage
from gate.errors import GitHubError
from gate.report.incident import MARKER, issue_page
from gate.report.markdown import LARGEST
from gate.usecases.incidents import paper_of
from tests.hub import faults
from tests.incidents.conftest import START, entry, incident, run

pytestmark = [
    pytest.mark.usefixtures("socket_enabled"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
QUICK = Pace(answer=10, call=40.0, whole=120.0, tries=3, backoff=0.01, between=0.0, between_writes=0.0)
ISSUES = {"issues": "write", "metadata": "read"}
OPEN = ("incident", "open", "Rate 21%", "--key", "rate")


class Scene:
    def __init__(self, hub, folder):
        self.hub, self.folder = hub, folder
        self.there = hub.repository("acme/models", {"a": "b"})
        self.token = hub.token("job", ISSUES)

    def gate(self, *words, **variables):
        known = {
            "GITHUB_API_URL": self.hub.api,
            "GITHUB_REPOSITORY": "acme/models",
            "GITHUB_TOKEN": self.token.secret,
        }
        return run(self.folder, *words, **{**known, **variables})

    def client(self, token=None):
        secret = (token or self.token).secret
        return Client(Connection(repository="acme/models", token=secret, api_url=self.hub.api, pace=QUICK))

    def keep(self, made, known=None, *, author="", token=None):
        with self.client(token) as client:
            return GitHubIssues(client, author).keep(made, known)

    @property
    def issues(self):
        return list(self.there.issues.values())


@pytest.fixture
def scene(hub, tmp_path):
    (tmp_path / "work").mkdir()
    return Scene(hub, tmp_path / "work")


def page(body="what happened", *, is_open=True, name="2026-03-02-1430-rate"):
    return IssuePage(
        incident=name,
        title="Incident: Rate 21%",
        body=f"{MARKER.format(name)}\n{body}",
        labels=("gate:incident",),
        is_open=is_open,
    )


def test_an_incident_has_one_issue_from_open_to_closed(scene):
    assert scene.gate(*OPEN).code == 0
    (issue,) = scene.issues
    assert issue.title == "Incident: Rate 21%"
    assert issue.labels == ["gate:incident"]
    listed = scene.gate("incident", "list", "--json").json
    name, number = listed[0]["incident"]["id"], listed[0]["incident"]["issue"]
    assert number == issue.number
    assert scene.gate("incident", "note", name, "the desk is *flat*").code == 0
    assert "the desk is \\*flat\\*" in issue.body
    assert scene.gate("incident", "close", name, "--root-cause", "smoothing dropped").code == 0
    assert (issue.state, issue.state_reason) == ("closed", "completed")
    assert "smoothing dropped" in issue.body
    assert len(scene.issues) == 1


def test_without_a_token_it_is_a_file_only_and_that_is_one_line(scene):
    done = scene.gate(*OPEN, GITHUB_TOKEN="")
    assert done.code == 0
    assert done.err == "gate: there is no GITHUB_TOKEN: the incident is kept as a file only\n"
    assert scene.hub.log.requests() == []
    assert scene.gate("incident", "sync", "20", GITHUB_TOKEN="").code == 0


def test_where_it_is_switched_off_nothing_is_asked_nor_said(scene):
    (scene.folder / "gate.toml").write_text("[incidents]\ngithub_issue = false\n")
    done = scene.gate(*OPEN)
    assert (done.code, done.err) == (0, "")
    assert scene.hub.log.requests() == []


def test_a_record_is_written_whatever_github_does_and_sync_mends_it(scene):
    scene.hub.faults.add("*", "*", faults.status(403), times=None)
    done = scene.gate(*OPEN)
    assert done.code == 4
    assert "not in step" in done.err
    assert scene.token.secret not in done.said
    assert scene.issues == []
    assert len(list((scene.folder / "reports/incidents").glob("*.md"))) == 1
    scene.hub.faults.clear()
    assert scene.gate("incident", "sync", "20").code == 0
    assert len(scene.issues) == 1


def test_a_sync_that_fails_says_so_by_its_exit_code_and_mends_it_later(scene):
    assert scene.gate(*OPEN).code == 0
    scene.hub.faults.add("*", "*", faults.status(403), times=None)
    done = scene.gate("incident", "sync", "20")
    assert (done.code, "in step:" in done.out) == (4, False)
    scene.hub.faults.clear()
    assert scene.gate("incident", "sync", "20").code == 0


FAULTS = {
    "502": faults.bad_gateway(),
    "502 after it was done": faults.bad_gateway(when=faults.When.AFTER),
    "reset": faults.reset(),
    "reset after it was done": faults.reset(when=faults.When.AFTER),
    "half an answer": faults.truncated(),
    "a page": faults.html(),
    "403": faults.status(403),
    "422": faults.status(422),
    "429": faults.rate_limited(retry_after=3600),
    "a short pause": faults.secondary_limit(retry_after=0),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_fails_at_whichever_request_there_is_one_issue_in_the_end(fault, scene):
    scene.keep(page("counted", name="2026-01-01-0000-counted"))
    requests = len(scene.hub.log.requests())
    for nth in range(1, requests + 1):
        made = page(f"turn {nth}", name=f"2026-01-01-0000-turn-{nth}")
        scene.hub.faults.add("*", "*", fault, nth=nth, times=1)
        with contextlib.suppress(GitHubError):
            scene.keep(made)
        scene.hub.faults.clear()
        kept = scene.keep(made)
        ours = [one for one in scene.issues if MARKER.format(made.incident) in (one.body or "")]
        assert [one.number for one in ours] == [kept.number], nth
        assert ours[0].body == made.body
    assert requests >= 3


@pytest.mark.parametrize("fault", ["502 after it was done", "reset", "a page"])
def test_a_fault_while_it_is_closed_leaves_it_closed_in_the_end(fault, scene):
    kept = scene.keep(page())
    for nth in (1, 2):
        scene.hub.faults.add("*", "*", FAULTS[fault], nth=nth, times=1)
        scene.keep(page("closed", is_open=False), kept.number)
        scene.hub.faults.clear()
        assert scene.issues[0].state == "closed"
        scene.issues[0].state = "open"


def test_what_is_in_step_is_not_written_again(scene):
    kept = scene.keep(page())
    scene.hub.log.clear()
    assert scene.keep(page(), kept.number).changed is False
    assert scene.hub.log.writes() == []


def test_a_strangers_issue_with_our_marker_is_not_ours(scene):
    scene.hub.issue(scene.there, "Incident: Rate 21%", page().body, user="mallory")
    kept = scene.keep(page("ours"))
    mallorys, ours = scene.issues
    assert (kept.number, mallorys.body) == (ours.number, page().body)


def test_a_marker_that_is_quoted_further_down_is_no_marker(scene):
    scene.hub.issue(scene.there, "A", f"look:\n{page().body}", user="github-actions[bot]")
    assert scene.keep(page()).number == 2


def test_a_number_that_is_another_incidents_is_not_believed(scene):
    other = scene.keep(page(name="2026-01-01-0000-other"))
    assert scene.keep(page(), other.number).number != other.number


def test_a_pull_request_is_no_issue(scene):
    scene.there.commit({"a": "c"}, branch="change")
    scene.hub.open_pull_request(scene.there, "change", body=page().body, user="github-actions[bot]")
    assert scene.keep(page(), 1).number == 2


def test_a_person_is_found_by_name_and_needs_no_setting(scene):
    scene.there.collaborators["ann"] = "write"
    token = scene.hub.token("ann", ISSUES, kind="user", login="ann")
    kept = scene.keep(page(), token=token)
    assert (kept.remark, scene.issues[0].user) == ("", "ann")
    assert scene.keep(page("again"), token=token).number == kept.number


def test_an_app_that_has_no_name_here_is_told_to_say_it(scene):
    token = scene.hub.token("desk", ISSUES, kind="app", login="desk[bot]")
    assert "desk[bot]" in scene.keep(page(), token=token).remark
    assert scene.keep(page("again"), author="desk[bot]", token=token).remark == ""
    assert len(scene.issues) == 1


def test_two_that_make_one_at_once_leave_one_open(scene):
    with ThreadPoolExecutor(6) as pool:
        numbers = {one.number for one in pool.map(lambda _: scene.keep(page()), range(6))}
    opened = [one.number for one in scene.issues if one.state == "open"]
    assert scene.keep(page()).number == min(numbers)
    assert opened == [min(one.number for one in scene.issues)]


def test_an_issue_that_a_person_closed_is_not_opened_again_and_that_is_said(scene):
    kept = scene.keep(page())
    scene.issues[0].state = "closed"
    again = scene.keep(page("more"), kept.number)
    assert "the incident is open" in again.remark
    assert scene.issues[0].state == "closed"
    assert scene.issues[0].body.endswith("more")


def test_however_long_a_timeline_is_github_takes_it(scene):
    many = [entry(f"e{number}", text="*&<>" * 2000) for number in range(600)]
    made = issue_page(one := incident(*many), paper_of(one, START, "", None), ("gate:incident",))
    assert len(made.body.encode()) <= LARGEST
    assert "left out" in made.body
    scene.keep(made)
    assert scene.issues[0].body == made.body


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://github.com/acme/models.git", True),
        ("git@github.com:acme/models.git", True),
        ("ssh://git@github.com:22/acme/models", True),
        ("https://x@github.com/acme/models/", True),
        ("../remote.git", False),
        ("https://github.com.evil.invalid/acme/models", False),
        ("https://evil.invalid/github.com/acme/models", False),
        ("", False),
    ],
)
def test_the_token_goes_to_a_repository_at_github_and_nowhere_else(address, known, scene):
    subprocess.run(("git", "init", "-q"), cwd=scene.folder, check=True)
    if address:
        subprocess.run(("git", "remote", "add", "origin", address), cwd=scene.folder, check=True)
    done = scene.gate(*OPEN, GITHUB_REPOSITORY="")
    assert done.code == 0, done.said
    assert len(scene.issues) == known
    assert ("no GitHub repository is known" in done.err) == (not known)


def test_the_issue_of_a_record_that_lost_its_number_is_found_however_little_a_page_holds(scene):
    scene.hub.largest_page = 2
    kept = scene.keep(page())
    for _ in range(7):
        scene.hub.issue(scene.there, "Another", "x", user="github-actions[bot]")
    assert scene.keep(page()).number == kept.number


def test_an_issue_that_was_deleted_is_made_anew(scene):
    kept = scene.keep(page())
    scene.hub.delete_issue(scene.there, kept.number)
    again = scene.keep(page(), kept.number)
    assert [one.number for one in scene.issues] == [again.number]


def test_an_issue_that_was_transferred_is_left_alone_and_so_is_what_has_its_new_number_here(scene):
    kept = scene.keep(page())
    elsewhere = scene.hub.repository("acme/desk", {"a": "b"})
    scene.hub.issue(elsewhere, "First", "x", user="ann")
    precious = scene.hub.issue(scene.there, "Precious", "somebody's own", user="ann")
    moved = scene.hub.transfer_issue(scene.there, kept.number, elsewhere)
    assert moved.number == precious.number
    again = scene.keep(page("later"), kept.number)
    assert again.number not in (kept.number, precious.number)
    assert (precious.body, moved.body) == ("somebody's own", page().body)


def test_the_author_in_the_settings_is_known_however_the_name_is_spelt(scene):
    token = scene.hub.token("desk", ISSUES, kind="app", login="Desk[bot]")
    for _ in range(2):
        assert scene.keep(page(), author="desk[bot]", token=token).remark == ""
    assert len(scene.issues) == 1
