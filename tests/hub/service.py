"""One REST request from its arrival to its answer: fault, token, description, permission, handler, description."""

import base64
from email.message import Message
from typing import TYPE_CHECKING, Any

import msgspec

from tests.hub import permission
from tests.hub.bare import GitRefused
from tests.hub.exchange import Answer, Refused, Request, missing
from tests.hub.faults import Fault, When
from tests.hub.log import Entry
from tests.hub.routes import Route, find
from tests.hub.tokens import Token

if TYPE_CHECKING:
    from tests.hub.hub import Hub

Served = tuple[Answer, Fault | None]


def serve(hub: "Hub", entry: Entry, headers: Message, content: bytes) -> Served:
    """The answer, and what is to go wrong while it is sent."""
    if not entry.path.startswith(hub.base_path + "/"):
        hub.breaches.append(f"{entry.method} {entry.path}: outside of {hub.base_path}")
        return _refusal(missing()), None
    entry.path = entry.path.removeprefix(hub.base_path)
    entry.body = _json(content)
    token = token_of(hub, headers)
    entry.token = token.name if token else ""
    hub.log.add(entry)
    fault = hub.faults.meet(entry.method, entry.path)
    if fault and fault.when is When.INSTEAD:
        return fault.instead(), fault
    try:
        return _answered(hub, entry, headers, token), fault
    except Refused as refused:
        return _refusal(refused), fault


def _answered(hub: "Hub", entry: Entry, headers: Message, token: Token | None) -> Answer:
    if token is None:
        raise Refused(401, "Bad credentials" if headers.get("Authorization") else "Requires authentication")
    found = find(entry.method, entry.path)
    if found is None:
        hub.breaches.append(f"{entry.method} {entry.path}: the hub does not serve this")
        raise missing()
    one, params = found
    request = Request(
        hub=hub,
        token=token,
        method=entry.method,
        path=entry.path,
        headers={name.lower(): value for name, value in headers.items()},
        query=entry.query,
        params=params,
        body=entry.body,
    )
    with hub.lock:
        permission.hold(one, request)
        _hold_to_description(one, request)
        answer = _handled(one, request)
        entry.changed = entry.is_write
        _check_answer(one, request, answer)
    return answer


def _handled(one: Route, request: Request) -> Answer:
    """A handler returns JSON for 200, or an Answer."""
    try:
        result = one.handler(request)
    except GitRefused as refused:
        raise Refused(422, str(refused).splitlines()[-1]) from refused
    except Refused as refused:
        _check_refusal(one, request, refused)
        raise
    except Exception as wrong:
        request.hub.breaches.append(f"{one.key}: the hub itself failed: {wrong!r}")
        raise Refused(500, f"{type(wrong).__name__}: {wrong}") from wrong
    return result if isinstance(result, Answer) else Answer(body=result)


def _hold_to_description(one: Route, request: Request) -> None:
    broken = request.hub.description.broken_by_request(one.key, request.query, request.body)
    if broken:
        request.hub.breaches.append(f"request {request.method} {request.path}: {'; '.join(broken)}")
        raise Refused(422, "Invalid request.\n\n" + "\n".join(broken), errors=broken)


def _check_answer(one: Route, request: Request, answer: Answer) -> None:
    body = answer.body if answer.raw is None else None
    plain = msgspec.json.decode(msgspec.json.encode(body)) if body is not None else None
    if answer.raw is not None:
        return
    broken = request.hub.description.broken_by_answer(one.key, answer.status, plain)
    request.hub.breaches.extend(f"answer to {request.method} {request.path}: {fault}" for fault in broken)


def _check_refusal(one: Route, request: Request, refused: Refused) -> None:
    broken = request.hub.description.broken_by_answer(one.key, refused.status, refused.body)
    request.hub.breaches.extend(f"refusal of {request.method} {request.path}: {fault}" for fault in broken)


def _refusal(refused: Refused) -> Answer:
    return Answer(status=refused.status, body=refused.body, headers=refused.headers)


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return msgspec.json.decode(content)
    except msgspec.DecodeError:
        return content.decode(errors="replace")


def token_of(hub: "Hub", headers: Message) -> Token | None:
    """Bearer and token for the API, Basic for git."""
    scheme, _, given = headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        given = base64.b64decode(given).decode(errors="replace").partition(":")[2]
    return hub.tokens.get(given.strip())
