"""GitHub Actions: the event that started the job, and what a job can say besides its log.

Outside of Actions there is no event, and what would be said is not.
"""

import json
import re
import sys
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from gate.domain.origin import Origin
from gate.domain.publication import Annotation, Run
from gate.errors import BrokenQuestionError, GateError

MOST_SUMMARY = 1024 * 1024
"""GitHub shows a step's summary up to a mebibyte, and none of it where it is longer."""
MOST_EVENT = 32 * 1024 * 1024
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class ActionsJob:
    """Implements the port Job."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def event(self) -> tuple[str, dict[str, Any]]:
        """Name and payload of what started the job. Raises BrokenQuestionError where it cannot be read."""
        path = self._environment.get("GITHUB_EVENT_PATH", "")
        if not path:
            return "", {}
        try:
            with Path(path).open("rb") as file:
                payload = json.loads(file.read(MOST_EVENT))
        except (OSError, ValueError, RecursionError) as error:
            raise BrokenQuestionError(
                f"the event cannot be read: {type(error).__name__}", "GITHUB_EVENT_PATH names its file"
            ) from error
        return self._environment.get("GITHUB_EVENT_NAME", ""), payload if isinstance(payload, dict) else {}

    def started_by(self) -> Run | None:
        """The run whose end started this job. Raises BrokenQuestionError where the event makes no sense."""
        name, payload = self.event()
        if name != "workflow_run":
            return None
        try:
            return _run_of(payload["workflow_run"], payload["repository"]["full_name"])
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise BrokenQuestionError(
                f"the event workflow_run makes no sense: {type(error).__name__}", "name the run with --run"
            ) from error

    def origin(self) -> Origin | None:
        """What this job observes; None where it is no job of a pull request or merge group."""
        name, payload = self.event()
        repository, run = (self._environment.get(key, "") for key in ("GITHUB_REPOSITORY", "GITHUB_RUN_ID"))
        head, base = _asked_about(name, payload)
        if not (repository and run.isdecimal() and head and base):
            return None
        return Origin(repository=repository, run_id=int(run), head_sha=head, base_sha=base)

    def url(self) -> str:
        """Where this job's log is read; "" outside a job."""
        keys = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        server, repository, run = (self._environment.get(key, "") for key in keys)
        return f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""

    def summary(self, markdown: str) -> None:
        """Show Markdown on the run's page."""
        if len(markdown.encode()) <= MOST_SUMMARY:
            self._append("GITHUB_STEP_SUMMARY", markdown + "\n")

    def outputs(self, values: dict[str, str]) -> None:
        """Hand values to later steps, each between delimiters that no value can hold."""
        for name, value in values.items():
            end = f"gate_{uuid.uuid4().hex}"
            self._append("GITHUB_OUTPUT", f"{name}<<{end}\n{value}\n{end}\n")

    def annotate(self, annotations: Sequence[Annotation]) -> None:
        """Show lines with a breach beside them in the log."""
        if self._environment.get("GITHUB_ACTIONS") != "true":
            return
        for one in annotations:
            command = "error" if one.level == "failure" else "warning"
            place = f"file={_property(one.path)},line={one.line:d},title={_property(one.title)}"
            sys.stdout.write(f"::{command} {place}::{_message(one.message)}\n")
        sys.stdout.flush()

    def _append(self, variable: str, text: str) -> None:
        path = self._environment.get(variable, "")
        if not path:
            return
        try:
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise GateError(
                f"cannot write {variable}: {error.strerror}", "what was published stands; mend the job and run it again"
            ) from error


def _message(text: str) -> str:
    """As @actions/core escapes data: no line of its own, so no command of its own."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(text).replace(":", "%3A").replace(",", "%2C")


def _run_of(told: Mapping[str, Any], repository: str) -> Run:
    """The run as the event describes it; the fields are those of the API."""
    head = told["head_repository"] or {}  # a fork that was deleted has no repository any more
    return Run(
        id=int(told["id"]),
        attempt=int(told["run_attempt"]),
        path=str(told["path"]).partition("@")[0],
        event=str(told["event"]),
        repository=repository,
        head_sha=_sha(told["head_sha"]),
        head_branch=str(told["head_branch"] or ""),
        head_owner=str((head.get("owner") or {}).get("login", "")),
        status=str(told["status"]),
        conclusion=str(told["conclusion"] or ""),
        created_at=datetime.fromisoformat(told["created_at"]),
        url=str(told["html_url"]),
    )


def _asked_about(name: str, payload: Mapping[str, Any]) -> tuple[str, str]:
    """Head and base SHA of the event; "" where it has none."""
    try:
        if name == "pull_request":
            asked = payload["pull_request"]
            return _sha(asked["head"]["sha"]), _sha(asked["base"]["sha"])
        if name == "merge_group":
            asked = payload["merge_group"]
            return _sha(asked["head_sha"]), _sha(asked["base_sha"])
    except (LookupError, TypeError, ValueError):
        pass
    return "", ""


def _sha(text: Any) -> str:
    if not isinstance(text, str) or not _SHA.fullmatch(text):
        raise ValueError("no commit SHA")
    return text
