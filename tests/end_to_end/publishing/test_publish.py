"""A pull request from a regressed model to the merge; policy, forks, races, the queue."""

import json

import pytest

from gate.cli.main import cli
from gate.domain.publication import Cause
from gate.domain.verdict import Verdict
from gate.errors import BrokenQuestionError, GitHubError
from gate.usecases.publishing.request import Request
from tests.hub import events
from tests.hub.state.protection import RequiredCheck
from tests.hub.tokens import ACTIONS_APP
from tests.published import FLICKERING, MENDED, SMALL, WORKFLOW, scene

EVERYTHING = dict.fromkeys(("contents", "pull_requests", "issues", "statuses", "checks"), "write")


def merge(it):
    person = it.hub.token("maintainer", EVERYTHING, kind="user", login="quant")
    with it.hub.client(person) as github:
        return github.get_repo("quant/models").get_pull(it.pull.number).merge(merge_method="merge")


def by_command(it, run, monkeypatch, tmp_path, *words):
    """`gate publish` as the job starts it."""
    event = events.workflow_run(it.hub, it.repository, run)
    files = {"GITHUB_STEP_SUMMARY": tmp_path / "summary.md", "GITHUB_OUTPUT": tmp_path / "outputs"}
    environment = {
        **event.environment,
        **it.hub.environment,
        **{name: str(path) for name, path in files.items()},
        "GITHUB_EVENT_PATH": str(event.write(tmp_path / "event.json")),
        "GITHUB_EVENT_NAME": "workflow_run",
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": it.token.secret,
        "GITHUB_REPOSITORY": "quant/models",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return cli.main(["publish", *words], standalone_mode=False)


# ------------------------------------------------------------------ 1


def test_1_a_regressed_model_is_not_merged_and_the_mended_one_is(regressed, monkeypatch, tmp_path, capsys):
    import github  # noqa: PLC0415

    it = regressed
    it.repository.protect(checks=(RequiredCheck(context="gate", app_id=ACTIONS_APP),))
    assert by_command(it, it.run("bad"), monkeypatch, tmp_path) == 1
    assert it.state() == "failure"
    assert "Regime change rate" in it.comment
    assert it.labels == {"gate:blocked"}
    assert [check.conclusion for check in it.checks()] == ["failure"]
    assert it.checks()[0].title == it.statuses()[-1].description == "BLOCK: 3 of 13 limits breached"
    assert it.checks()[0].annotations[0]["path"] == "detector.py"
    assert "::error file=detector.py,line=1," in capsys.readouterr().out
    assert "verdict<<" in (tmp_path / "outputs").read_text()
    assert "BLOCK" in (tmp_path / "summary.md").read_text()
    with pytest.raises(github.GithubException):
        merge(it)
    (first,) = it.comments()
    it.push(MENDED)
    with pytest.raises(github.GithubException):
        merge(it)  # nothing was said about the new head yet
    assert by_command(it, it.run("good"), monkeypatch, tmp_path) == 0
    assert it.state() == "success"
    assert [one.id for one in it.comments()] == [first.id]
    assert it.head in it.comment
    assert it.labels == {"gate:passed"}
    assert merge(it).merged


def test_publishing_twice_ends_the_same(regressed):
    it = regressed
    run = it.run("bad")
    it.publish(run)
    before = (it.comment, it.labels, len(it.checks()))
    it.publish(run)
    assert (it.comment, it.labels, len(it.checks())) == before
    assert it.state() == "failure"


def test_a_dry_run_writes_nothing(regressed):
    published = regressed.publish(regressed.run("bad"), dry_run=True)
    assert [type(action).__name__ for action in published.actions] == [
        "SetStatus",
        "WriteComment",
        "WriteCheck",
        "Relabel",
    ]
    assert not regressed.hub.log.writes()


def test_as_json_for_programs(regressed, monkeypatch, tmp_path, capsys):
    code = by_command(regressed, regressed.run("bad"), monkeypatch, tmp_path, "--json", "--dry-run")
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert told["answer"]["cause"] == "JUDGED"
    assert told["actions"][0]["type"] == "set_status"


def test_a_success_is_written_last_and_anything_else_first(regressed):
    it = regressed
    first = it.publish(it.run("bad"), dry_run=True).actions
    it.push(MENDED)
    last = it.publish(it.run("good"), dry_run=True).actions
    assert first[0].state == "failure"
    assert last[-1].state == "success"


# ------------------------------------------------------------------ 2


LOOSENED = {"gate.toml": SMALL.replace("[limits]\n", "[limits]\nregime_change_rate = { max = 1.0 }\n")}
TOUCHED = {
    "its limits": LOOSENED,
    "the workflow": {WORKFLOW: "on: [pull_request, push]\n"},
    "another workflow": {".github/workflows/other.yml": "on: push\n"},
    "an action": {".github/actions/x/action.yml": "name: x\n"},
    "the owners": {".github/CODEOWNERS": "* @stranger\n"},
    "gate's lock": {"gate-requirements.txt": "regime-gate==0\n"},
    "the workflow's name": {WORKFLOW: None, "old.yml": "on: pull_request\n"},
}


def test_2_a_regressed_model_that_loosens_its_limits_is_judged_by_the_bases(hub, zips):
    it = scene(hub, zips, files=FLICKERING | LOOSENED)
    assert it.publish(it.run("bad")).answer.verdict is Verdict.BLOCK
    assert it.state() == "failure"
    assert "| ≤ 15% | ≤ 100% |" in it.comment


@pytest.mark.parametrize("touched", TOUCHED.values(), ids=TOUCHED)
def test_2_a_good_model_that_touches_what_it_is_judged_by_does_not_pass_by_itself(touched, hub, zips):
    it = scene(hub, zips, files=MENDED | touched)
    answer = it.publish(it.run("good")).answer
    assert (answer.verdict, answer.cause) == (Verdict.INCONCLUSIVE, Cause.POLICY_CHANGED)
    assert it.state() == "failure"
    assert it.checks()[0].conclusion == "action_required"


def test_2_an_edited_workflow_with_a_forged_pass_does_not_pass(hub, zips):
    """The job that the pull request wrote itself says what it likes; the files it touches say so."""
    it = scene(hub, zips, files=FLICKERING | TOUCHED["the workflow"])
    assert it.publish(it.run("good")).answer.cause is Cause.POLICY_CHANGED
    assert it.state() == "failure"


@pytest.mark.parametrize("way", ["label", "comment"])
def test_2_somebody_with_write_access_may_let_it_pass_and_is_named(way, hub, zips):
    it = scene(hub, zips, files=MENDED | LOOSENED)
    it.repository.collaborators["maria"] = "write"
    run = it.run("good")
    hub.comment(it.repository, it.pull.number, "/gate override: agreed <b>on</b> Monday", user="maria")
    if way == "label":
        hub.label(it.repository, it.pull.number, "gate:override", user="maria")
    answer = it.publish(run).answer
    assert (answer.verdict, answer.cause, answer.override.by) == (Verdict.PASS, Cause.OVERRIDDEN, "maria")
    assert it.state() == "success"
    assert "**maria** (write) lets this head pass" in it.comment
    assert "agreed &lt;b&gt;on&lt;/b&gt; Monday" in it.comment


@pytest.mark.parametrize("label", ["Gate:Override", "gate:override"])
def test_2_an_override_by_label_counts_however_it_is_spelt(label, hub, zips):
    it = scene(hub, zips, files=MENDED | LOOSENED)
    it.repository.collaborators["maria"] = "write"
    run = it.run("good")
    hub.label(it.repository, it.pull.number, label, user="maria")
    assert it.publish(run).answer.cause is Cause.OVERRIDDEN


@pytest.mark.parametrize(
    ("role", "when"), [("read", "after"), ("triage", "after"), (None, "after"), ("write", "before")]
)
def test_2_a_stranger_or_an_override_of_an_older_head_lets_nothing_pass(role, when, hub, zips):
    it = scene(hub, zips, files=MENDED | LOOSENED)
    if role:
        it.repository.collaborators["maria"] = role
    run = it.run("good")
    hub.comment(it.repository, it.pull.number, "/gate override please", user="maria")
    hub.label(it.repository, it.pull.number, "gate:override", user="maria")
    if when == "before":
        run.created_at = "2099-01-01T00:00:00Z"
    assert it.publish(run).answer.cause is Cause.POLICY_CHANGED
    assert it.state() == "failure"


def test_more_files_than_github_lists_are_no_pass(regressed, monkeypatch):
    from gate.adapters.github import asking  # noqa: PLC0415

    monkeypatch.setattr(asking, "MOST_FILES", 1)
    regressed.hub.speaks_graphql = False
    regressed.push(MENDED)
    assert regressed.publish(regressed.run("good")).answer.cause is Cause.TOO_MANY_FILES
    assert regressed.state() == "failure"


# ------------------------------------------------------------------ never a success

NEVER = {
    "cancelled": (("good", {"conclusion": "cancelled"}), Cause.CANCELLED),
    "out of time": (("good", {"conclusion": "timed_out"}), Cause.RUN_FAILED),
    "skipped": (("good", {"conclusion": "skipped"}), Cause.RUN_FAILED),
    "never approved": ((None, {"conclusion": "action_required"}), Cause.RUN_FAILED),
    "died after observing": (("good", {"conclusion": "failure"}), Cause.RUN_FAILED),
    "died before": ((None, {"conclusion": "failure"}), Cause.NO_ARTIFACT),
    "no artifact": ((None, {"conclusion": "success"}), Cause.NO_ARTIFACT),
    "another head": (("good", {"origin": {"head_sha": "a" * 40}}), Cause.OTHER_HEAD),
    "another base": (("good", {"origin": {"base_sha": "a" * 40}}), Cause.OTHER_BASE),
    "another run": (("good", {"origin": {"run_id": 1}}), Cause.OTHER_RUN),
    "another repository": (("good", {"origin": {"repository": "quant/other"}}), Cause.OTHER_RUN),
    "no origin": (("good", {"change": lambda d: d.update(origin=None)}), Cause.OTHER_RUN),
    "another candidate": (
        ("good", {"change": lambda d: d["versions"]["candidate"].update(sha="b" * 40)}),
        Cause.OTHER_HEAD,
    ),
    "a dirty candidate": (
        ("good", {"change": lambda d: d["versions"]["candidate"].update(dirty=True)}),
        Cause.OTHER_HEAD,
    ),
    "another baseline": (
        ("good", {"change": lambda d: d["versions"]["baseline"].update(sha="b" * 40)}),
        Cause.OTHER_BASE,
    ),
    "a quick look": (("good", {"change": lambda d: d.update(quick=True)}), Cause.QUICK),
    "other settings": (
        (
            "good",
            {"change": lambda d: d.update(settings_json=d["settings_json"].replace('"cost":0.0005', '"cost":0.0'))},
        ),
        Cause.OTHER_QUESTION,
    ),
}


@pytest.mark.parametrize(("left", "cause"), NEVER.values(), ids=NEVER)
def test_what_is_missing_stale_or_of_something_else_is_never_a_success(left, cause, regressed):
    kind, how = left
    regressed.push(MENDED)
    published = regressed.publish(regressed.run(kind, **how))
    assert published.answer.cause is cause
    assert published.answer.verdict in (Verdict.INCONCLUSIVE, Verdict.GATE_ERROR)
    assert regressed.state() in ("failure", "error")
    assert published.answer.advice


@pytest.mark.parametrize(
    "how",
    [{"path": ".github/workflows/mine.yml"}, {"event": "push"}, {"event": "merge_group"}],
    ids=["another workflow", "another event", "a queue that is none"],
)
def test_a_run_that_does_not_count_says_nothing(how, regressed):
    assert regressed.publish(regressed.run("good", **how)).answer.cause is Cause.WRONG_RUN
    assert not regressed.hub.log.writes()


def test_the_artifacts_own_verdict_is_never_read(regressed):
    """It says PASS in a file of its own; the observations say otherwise."""
    import io  # noqa: PLC0415
    import zipfile  # noqa: PLC0415

    run = regressed.run("bad")
    (artifact,) = regressed.repository.artifacts.values()
    packed = io.BytesIO(artifact.content)
    with zipfile.ZipFile(packed, "a") as archive:
        archive.writestr("verdict.json", '{"verdict": "PASS"}')
    artifact.content = packed.getvalue()
    assert regressed.publish(run).answer.verdict is Verdict.BLOCK


# ------------------------------------------------------------------ 6


def test_6_a_head_that_moved_gets_no_success_and_the_comment_a_banner(regressed):
    it = regressed
    it.publish(it.run("bad"))
    run = it.run("bad")
    it.push(MENDED)
    published = it.publish(run)
    assert published.answer.cause is Cause.STALE
    assert it.state() == ""
    assert "**Stale:**" in it.comment
    before = it.comment
    it.publish(run)
    assert it.comment == before
    it.publish(it.run("good"))
    assert "**Stale:**" not in it.comment
    assert it.state() == "success"


def test_6_an_earlier_run_never_overwrites_a_later_one(regressed):
    it = regressed
    it.push(MENDED)
    early, late = it.run("good"), it.run("bad")
    it.publish(late)
    it.publish(early)
    assert it.state() == "failure"
    assert "BLOCK" in it.comment


@pytest.mark.parametrize("order", ["early last", "late last"])
def test_6_two_publishes_at_once_leave_one_comment_and_no_stale_success(order, regressed):
    """Both have looked before either writes."""
    from gate.adapters.github import GitHubHost  # noqa: PLC0415
    from gate.adapters.observation_store import ObservationArchive  # noqa: PLC0415
    from gate.usecases.publish import Publisher  # noqa: PLC0415
    from gate.usecases.publishing.carry_out import Hands  # noqa: PLC0415

    it = regressed
    early, late = it.run("good"), it.run("bad")
    with it.client() as client:
        host = GitHubHost(client)
        publisher = Publisher(host=host, archive=ObservationArchive())
        decided = [publisher.decide(it.request(run)) for run in (early, late)]
        for one in decided if order == "late last" else decided[::-1]:
            Hands(host=host, author="github-actions[bot]", stamp=one.stamp).carry_out(one.actions)
    assert it.state() == "failure"
    assert len(it.comments()) == 1
    assert f"run={late.id}.1 " in it.comment
    assert {check.conclusion for check in it.checks()} == {"failure"}


def test_6_another_apps_check_run_with_our_mark_is_neither_repeated_nor_taken_over(regressed):
    it = regressed
    forged = it.hub.check_run(it.repository, it.head, "gate verdict", "success", app_id=4711)
    forged.external_id, forged.title = "gate:99999999.1", "PASS"
    run = it.run("bad")
    for _ in range(2):
        it.publish(run)
        assert it.state() == "failure"
    assert forged.conclusion == "success"
    assert [one.conclusion for one in it.checks() if one is not forged] == ["failure"]


def test_a_strangers_comment_with_our_marker_stays_untouched(regressed):
    it = regressed
    forged = it.hub.comment(
        it.repository, it.pull.number, f"<!-- gate:verdict head={it.head} run=9.9 -->\nPASS", user="x"
    )
    it.publish(it.run("bad"))
    assert it.repository.comments[forged.id].body.endswith("PASS")
    assert len(it.comments()) == 1


def test_the_author_is_known_however_the_name_is_spelt(regressed):
    for _ in range(2):
        regressed.publish(regressed.run("bad"), author="GitHub-Actions[bot]")
    assert len(regressed.comments()) == 1


def test_a_token_that_comments_as_somebody_else_is_said_and_leaves_no_comment(regressed):
    regressed.token = regressed.hub.token(
        "app",
        {
            "checks": "write",
            "issues": "write",
            "pull_requests": "write",
            "statuses": "write",
            "actions": "read",
            "contents": "read",
        },
        kind="app",
        login="our-app",
    )
    with pytest.raises(BrokenQuestionError, match="comments as 'our-app"):
        regressed.publish(regressed.run("bad"))
    assert not regressed.repository.comments
    regressed.publish(regressed.run("bad"), author="our-app[bot]")
    assert len(regressed.repository.comments) == 1


# ------------------------------------------------------------------ 7


def test_7_a_fork_is_published_though_its_run_names_no_pull_request(hub, zips):
    it = scene(hub, zips, fork=True)
    it.publish(it.run("bad"))
    assert it.state() == "failure"
    assert len(it.comments()) == 1


def test_7_the_benchmark_jobs_token_of_a_fork_is_never_asked_to_write(hub, zips, monkeypatch, tmp_path):
    """Observing and judging ask GitHub nothing at all; a publish with that token is refused and says so in one line."""
    it = scene(hub, zips, fork=True)
    reader = hub.token("fork", {"actions": "read", "contents": "read", "metadata": "read"})
    run = it.run("bad")
    it.token = reader
    with pytest.raises(GitHubError, match="403"):
        it.publish(run)
    assert not [entry for entry in hub.log.writes(token="fork") if entry.changed]


# ------------------------------------------------------------------ merge queue, Enterprise


def queue(it, kind, **origin):
    group = events.queued(it.hub, it.repository, it.pull)
    branch = group.head_ref.removeprefix("refs/heads/")
    origin = {"head_sha": group.head_sha, "base_sha": group.base_sha} | origin
    return group, it.run(kind, head=group.head_sha, branch=branch, event="merge_group", origin=origin)


@pytest.mark.parametrize(("kind", "files", "state"), [("good", MENDED, "success"), ("bad", FLICKERING, "failure")])
def test_a_merge_group_has_its_status_and_no_comment(kind, files, state, hub, zips):
    it = scene(hub, zips, files=files)
    group, run = queue(it, kind)
    it.publish(run)
    assert it.state(group.head_sha) == state
    assert it.comments() == []
    assert it.labels == set()


def test_a_merge_group_that_changes_the_policy_passes_only_where_the_pull_request_was_let_pass(hub, zips):
    it = scene(hub, zips, files=MENDED | LOOSENED)
    it.repository.collaborators["maria"] = "write"
    group, run = queue(it, "good")
    it.publish(run)
    assert it.state(group.head_sha) == "failure"
    own = it.run("good")
    hub.comment(it.repository, it.pull.number, "/gate override wider on purpose", user="maria")
    it.publish(own)
    it.publish(run)
    assert it.state(group.head_sha) == "success"


def test_what_a_person_publishes_by_hand_needs_no_run(regressed, tmp_path):
    it = regressed
    run = it.run("bad")
    (artifact,) = it.repository.artifacts.values()
    (tmp_path / "obs.zip").write_bytes(artifact.content)
    from gate.adapters.github import GitHubHost  # noqa: PLC0415
    from gate.adapters.observation_store import ObservationArchive  # noqa: PLC0415
    from gate.usecases.publish import Publisher  # noqa: PLC0415

    asked = Request(file=tmp_path / "obs.zip", number=it.pull.number, head=it.head, base=it.base)
    with it.client() as client:
        Publisher(host=GitHubHost(client), archive=ObservationArchive()).publish(asked)
    assert it.state() == "failure"
    it.publish(run)
    assert len(it.comments()) == 1
    assert len(it.checks()) == 1


def test_the_redirect_to_the_artifact_carries_no_token(regressed):
    regressed.publish(regressed.run("bad"), dry_run=True)
    (fetched,) = regressed.hub.log.requests(path="/_blobs/*")
    assert fetched.token == ""


def test_the_artifact_is_found_on_whichever_page_it_stands(regressed):
    it = regressed
    it.hub.largest_page = 2
    run = it.run("bad")
    for _ in range(5):  # a re-run leaves one of the same name; the newest counts
        it.hub.artifact(it.repository, run, "gate-observations", b"of an earlier attempt")
    newest = max(it.repository.artifacts)
    first = min(it.repository.artifacts)
    contents = it.repository.artifacts
    contents[newest].content, contents[first].content = contents[first].content, contents[newest].content
    assert it.publish(run).answer.cause is Cause.JUDGED
