"""clone, fetch and push, through ``git http-backend``."""

import gzip
import os
import re
import subprocess
from email.message import Message
from typing import TYPE_CHECKING

from tests.hub.bare import ENVIRONMENT
from tests.hub.exchange import Answer
from tests.hub.faults import Fault, When
from tests.hub.log import Entry
from tests.hub.service import token_of
from tests.hub.state.repository import Repository
from tests.hub.tokens import Kind, Token

if TYPE_CHECKING:
    from tests.hub.hub import Hub

GIT = re.compile(r"/(?P<owner>[^/]+)/(?P<repo>[^/]+?)(?:\.git)?/(?P<rest>info/refs|git-upload-pack|git-receive-pack)")
ASK = {"WWW-Authenticate": 'Basic realm="GitHub"', "Content-Type": "text/plain"}


def is_git(path: str) -> bool:
    return GIT.fullmatch(path) is not None


def serve(hub: "Hub", entry: Entry, headers: Message, query: str, body: bytes) -> tuple[Answer, Fault | None]:
    hit = GIT.fullmatch(entry.path)
    assert hit is not None
    token = token_of(hub, headers)
    entry.token = token.name if token else ""
    hub.log.add(entry)
    fault = hub.faults.meet(entry.method, entry.path)
    if fault and fault.when is When.INSTEAD:
        return fault.instead(), fault
    repository = hub.repositories.get(f"{hit['owner']}/{hit['repo']}".lower())
    pushing = "git-receive-pack" in (hit["rest"], entry.query.get("service"))
    refusal = _refusal(repository, token, headers, pushing=pushing)
    if refusal or repository is None:
        return refusal or _plain(404, "Repository not found."), fault
    entry.body = _described_push(body, headers) if hit["rest"] == "git-receive-pack" else None
    return _served(hub, repository, token, hit["rest"], entry, headers, query, body), fault


def _served(
    hub: "Hub",
    repository: Repository,
    token: Token | None,
    rest: str,
    entry: Entry,
    headers: Message,
    query: str,
    body: bytes,
) -> Answer:
    before = repository.git.refs() if rest == "git-receive-pack" else {}
    answer = _backend(repository, token, rest, entry, headers, query, body)
    if rest == "git-receive-pack":
        with hub.lock:
            entry.changed = repository.git.refs() != before
            hub.moved(repository)
    return answer


def _refusal(repository: Repository | None, token: Token | None, headers: Message, *, pushing: bool) -> Answer | None:
    if token is None and (pushing or repository is None or repository.private or headers.get("Authorization")):
        return Answer(status=401, raw=b"Authentication required", headers=ASK)
    if repository is None or (token and not token.reaches(repository.full_name)):
        return _plain(404, "Repository not found.")
    if token and repository.private and not token.is_app and repository.role_of(token.login) == "none":
        return _plain(404, "Repository not found.")
    if pushing and token and not _may_push(repository, token):
        return _plain(403, f"Permission to {repository.full_name}.git denied to {token.login}.")
    if token and repository.private and not token.may("contents: read"):
        return _plain(403, "Write access to repository not granted.")
    return None


def _may_push(repository: Repository, token: Token) -> bool:
    return token.may("contents: write") and (token.is_app or repository.can_write(token.login))


def _plain(status: int, text: str) -> Answer:
    return Answer(status=status, raw=f"remote: {text}".encode(), headers={"Content-Type": "text/plain"})


def _backend(
    repository: Repository, token: Token | None, rest: str, entry: Entry, headers: Message, query: str, body: bytes
) -> Answer:
    done = subprocess.run(
        ["git", "http-backend"],
        input=body,
        capture_output=True,
        check=False,
        env=_environment(repository, token, rest, entry, headers, query, len(body)),
    )
    head, _, content = done.stdout.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
    status = int(fields.pop("Status", "200").split()[0])
    return Answer(status=status, raw=content, headers=fields)


def _environment(
    repository: Repository, token: Token | None, rest: str, entry: Entry, headers: Message, query: str, length: int
) -> dict[str, str]:
    admin = token is not None and repository.role_of(token.login) == "admin" and not token.is_app
    lenient = all(not one.enforce_admins for one in repository.protections.values())
    return {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(repository.git.path),
        "PATH_TRANSLATED": str(repository.git.path / rest),
        "GIT_HTTP_EXPORT_ALL": "1",
        "REQUEST_METHOD": entry.method,
        "PATH_INFO": f"/{rest}",
        "QUERY_STRING": query,
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(length),
        "HTTP_CONTENT_ENCODING": headers.get("Content-Encoding", ""),
        "GIT_PROTOCOL": headers.get("Git-Protocol", ""),
        "REMOTE_USER": token.login if token else "",
        "REMOTE_ADDR": "127.0.0.1",
        "HUB_BYPASS": "1" if admin and lenient else "0",
        "HUB_WORKFLOWS": "1" if token and token.may("workflows: write") else "0",
        "HUB_HOLDER": "a Personal Access Token" if token and token.kind is Kind.USER else "a GitHub App",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
    }


def _described_push(body: bytes, headers: Message) -> dict[str, list[dict[str, str]]]:
    """Which refs a push wants to move, read from its packet lines."""
    content = gzip.decompress(body) if headers.get("Content-Encoding") == "gzip" else body
    updates = []
    while (size := int(content[:4] or b"0", 16)) > 4:
        old, new, ref = content[4:size].split(b"\0")[0].decode().strip().split(" ", 2)
        updates.append({"old": old, "new": new, "ref": ref})
        content = content[size:]
    return {"updates": updates}
