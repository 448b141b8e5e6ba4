"""Who keeps incidents, and where: records below gate.toml, and a GitHub issue where there is a token."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from gate.domain.operating import IncidentSettings

if TYPE_CHECKING:
    from gate.domain.incident import Incident, IssuePage
    from gate.ports.incidents import IncidentBook
    from gate.report.postmortem import Material
    from gate.usecases.checklist import Checker
    from gate.usecases.incidents import IncidentKeeper

T = TypeVar("T")
PATIENCE = 60.0
"""Seconds that GitHub may take altogether: an incident has no time to wait for its issue."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where incidents are kept."""

    root: Path
    """gate.toml's folder: paths of proofs start here."""
    settings: IncidentSettings = field(default_factory=IncidentSettings)

    @property
    def folder(self) -> Path:
        """Of the records."""
        return self.root / self.settings.folder

    @property
    def upwards(self) -> str:
        """From a record to the root, as a link."""
        return "../" * len(Path(self.settings.folder).parts)


def now() -> datetime:
    """The time, whole seconds: as records hold it."""
    return datetime.now(tz=UTC).replace(microsecond=0)


def book(place: Place, clock: Callable[[], datetime] = now) -> "IncidentBook":
    """The records."""
    from gate.adapters.incident_files import IncidentFiles
    from gate.report.incident import body
    from gate.usecases.incidents import paper_of

    def written(incident: "Incident", by_hand: str) -> str:
        return body(incident, paper_of(incident, clock(), by_hand, place.upwards))

    return IncidentFiles(folder=place.folder, body=written)


@contextmanager
def keeper(
    place: Place, say: Callable[[str], None], *, issue: bool = True, clock: Callable[[], datetime] = now
) -> "Iterator[IncidentKeeper]":
    """Who keeps incidents. `say` is told what did not go into the issue; `issue=False` never asks GitHub."""
    from gate.usecases.incidents import IncidentKeeper

    kept = book(place, clock)
    with _in_step(place, kept, say, clock, wanted=issue and place.settings.github_issue) as in_step:
        yield IncidentKeeper(book=kept, clock=clock, in_step=in_step, component=place.settings.component)


@contextmanager
def _in_step(
    place: Place, kept: "IncidentBook", say: Callable[[str], None], clock: Callable[[], datetime], *, wanted: bool
) -> "Iterator[Callable[[Incident], Incident]]":
    """What brings an issue in step; without a token nothing does, and that is one line."""
    token = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN") or ""
    repository = (os.environ.get("GITHUB_REPOSITORY") or _slug(place.root)) if token else ""
    if not wanted or not repository:
        if wanted:
            why = "no GitHub repository is known (GITHUB_REPOSITORY)" if token else "there is no GITHUB_TOKEN"
            say(f"{why}: the incident is kept as a file only")
        yield lambda incident: incident
        return
    from gate.adapters.github import PUBLIC, Client, Connection, GitHubIssues, Pace
    from gate.report.incident import issue_page
    from gate.usecases.incidents import IssueInStep, paper_of

    def page(incident: "Incident", by_hand: str) -> "IssuePage":
        return issue_page(incident, paper_of(incident, clock(), by_hand, None), place.settings.labels)

    clients: list[Client] = []

    def tracker() -> GitHubIssues:
        where = Connection(
            repository=repository,
            token=token,
            api_url=os.environ.get("GITHUB_API_URL") or PUBLIC,
        )
        paced = where.paced()
        hurried = Pace(
            call=PATIENCE / 2,
            whole=PATIENCE,
            backoff=paced.backoff,
            between=paced.between,
            between_writes=paced.between_writes,
        )
        client = Client(Connection(repository=where.repository, token=token, api_url=where.api_url, pace=hurried))
        clients.append(client)
        return GitHubIssues(client, place.settings.author)

    try:
        yield IssueInStep(book=kept, tracker=tracker, page=page, say=say)
    finally:
        for client in clients:
            client.__exit__(None, None, None)


def _slug(root: Path) -> str:
    """owner/name of the remote origin, where that is at GitHub; "" where it is not."""
    from gate.adapters.git_history import address_of
    from gate.errors import GateError

    try:
        address = address_of(root, "origin")
    except GateError:
        return ""
    host = urlsplit(os.environ.get("GITHUB_SERVER_URL") or "https://github.com").hostname or ""
    path = r"[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?"
    at_github = re.fullmatch(rf"(?:[a-z+]+://)?(?:[^@/]*@)?{re.escape(host)}(?::\d+)?{path}", address)
    return at_github[1] if at_github else ""


def written_now() -> str:
    """The time, as records hold it."""
    from gate.domain.incident import written

    return written(now())


def proof_of(place: Place, named: str) -> str:
    """A proof as the record keeps it: an address, or a path from gate.toml's folder. Raises BrokenQuestionError."""
    from gate.errors import BrokenQuestionError

    if not named or named.startswith(("https://", "http://")):
        return named
    path = next((path for path in (Path(named), place.root / named) if path.exists()), None)
    if path is None:
        raise BrokenQuestionError(f"the proof {named:.200} is not there", "name a file that is, or an address")
    return Path(os.path.relpath(path, place.root)).as_posix()


def time_in(place: Place, named: str) -> str:
    """When a record of gate's own says that it was done; "" where it says nothing."""
    from gate.adapters.evidence import ended_at

    if not named or named.startswith(("https://", "http://")):
        return ""
    return ended_at(next((path for path in (Path(named), place.root / named) if path.exists()), Path(named)))


def material(place: Place, incident: "Incident", named: "Sequence[Path]") -> "Material":
    """What the record points at and what is named besides; of each kind the last one counts."""
    from gate.adapters.evidence import read
    from gate.domain.culprit import Culprits
    from gate.domain.rollback import Proof, Record
    from gate.domain.verdict import VerdictRecord
    from gate.errors import ObservationError
    from gate.judging.incidents import open_follow_ups
    from gate.metrics.registry import metrics_of
    from gate.report.postmortem import Material

    found = [read(place.root / entry.proof) for entry in incident.entries if entry.proof]
    for path in named:
        one = read(path)
        if one is None:
            raise ObservationError(f"{path} is no verdict, record, proof or culprit", "name a JSON file of gate's own")
        found.append(one)

    def last(kind: type[T]) -> T | None:
        return next((one for one in reversed(found) if isinstance(one, kind)), None)

    verdicts = [one for one in found if isinstance(one, VerdictRecord)]
    before = next((one for one in verdicts if one.verdict.value != "PASS"), None)
    return Material(
        verdict=before or last(VerdictRecord),
        after=next((one for one in reversed(verdicts) if before and one.verdict.value == "PASS"), None),
        record=last(Record),
        proof=last(Proof),
        culprits=last(Culprits),
        metrics=metrics_of(one.metric for verdict in verdicts for one in verdict.judgements),
        follow_ups=open_follow_ups(incident),
    )


def checker(place: Place, clock: Callable[[], datetime] = now) -> "Checker":
    """Who goes through the checklists, with what lies below gate.toml."""
    from gate.adapters.evidence import EvidenceFiles
    from gate.usecases.checklist import Checker, recorded

    at = clock()
    found, damaged = book(place, clock).survey()
    evidence = EvidenceFiles(root=place.root, now=at, recorded=recorded(found, damaged, at))
    return Checker(evidence=evidence, clock=lambda: at)


def written_file(path: Path, text: str) -> None:
    """Write a text whole. Raises OutputError."""
    from gate.adapters.report_folder import FolderOnDisk

    FolderOnDisk().write(path.parent, {path.name: text.encode()})
