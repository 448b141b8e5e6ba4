"""A run's artifact, fetched: the token goes to GitHub only, and no more than asked for is taken.

PyGithub cannot do this. The API answers with a redirect to another host, whose address is a secret of its own; the
request that follows it carries no token.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, BinaryIO, cast
from urllib.parse import urlsplit

import requests

from gate.adapters.github.client import LOOPBACK, Client
from gate.adapters.github.failures import GarbledError
from gate.domain.publication import Run
from gate.errors import GitHubError, ObservationError

CHUNK = 64 * 1024
MOST = 1000
"""Artifacts of a run that are looked through: a server that does not know `name` lists all of them."""
REDIRECTS = 3


@contextmanager
def artifact(client: Client, run: Run, name: str, most: int) -> Iterator[BinaryIO | None]:
    """A run's artifact as a file without a name; None where there is none. Raises GitHubError, ObservationError."""
    found = client.read(f"artifacts of run {run.id}", lambda: _newest(client, run, name))
    if found is None:
        yield None
        return
    with tempfile.TemporaryFile() as file:  # on disk, because a stranger says how large it is
        client.read(f"artifact {name} of run {run.id}", lambda: _fetch(client, found, file, most))
        file.seek(0)
        yield cast("BinaryIO", file)


def _newest(client: Client, run: Run, name: str) -> int | None:
    """The id of the newest artifact of this name that this run left and GitHub still has."""
    path = f"/repos/{client.connection.repository}/actions/runs/{run.id:d}/artifacts"
    told = client.listed(path, {"name": name}, MOST, "artifacts")
    return max((int(one["id"]) for one in told if _is_ours(one, run, name)), default=None)


def _is_ours(told: dict[str, Any], run: Run, name: str) -> bool:
    """Of this name, of this run, and of the head that it ran on."""
    made_by = told.get("workflow_run") or {}
    same = made_by.get("id", run.id) == run.id and made_by.get("head_sha", run.head_sha) == run.head_sha
    return bool(told["name"] == name and not told["expired"] and same)


def _fetch(client: Client, artifact_id: int, file: IO[bytes], most: int) -> None:
    api = client.connection.api_url.rstrip("/")
    url = f"{api}/repos/{client.connection.repository}/actions/artifacts/{artifact_id:d}/zip"
    headers = {"Authorization": f"Bearer {client.connection.token}", "Accept": "application/vnd.github+json"}
    with requests.Session() as session:
        session.auth = _nothing_more
        for _ in range(REDIRECTS + 1):
            with session.get(
                url, headers=headers, stream=True, allow_redirects=False, timeout=client.pace.answer
            ) as answer:
                if not answer.is_redirect:
                    return _take(client, answer, file, most)
                url, headers = _elsewhere(answer.headers["location"]), {}
    raise GarbledError("too many redirects")


def _nothing_more(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Otherwise requests would look into ~/.netrc for a password."""
    return request


def _elsewhere(location: str) -> str:
    parts = urlsplit(location)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise GarbledError("a redirect to an unsafe address")
    return location


def _take(client: Client, answer: requests.Response, file: IO[bytes], most: int) -> None:
    """Write at most `most` bytes; whatever is said of the size, what comes is counted."""
    client.refuse(answer)
    if answer.headers.get("content-type", "").startswith("text/"):
        raise GarbledError("a page instead of an archive")
    file.seek(0)
    file.truncate()
    taken = 0
    while chunk := answer.raw.read1(CHUNK, decode_content=False):  # never unpacked, nor waited for to be full
        taken += len(chunk)
        if taken > most:
            raise ObservationError(
                f"the artifact is larger than {most:,} bytes",
                "upload the observations alone; observe fewer symbols",
            )
        if client.seconds_left() < 0:
            raise GitHubError("the artifact takes too long to fetch", "run it again later")
        file.write(chunk)
