"""The two GraphQL questions that gate may ask."""

from email.message import Message
from typing import TYPE_CHECKING, Any

import msgspec

from tests.hub.exchange import Answer, Refused
from tests.hub.faults import Fault, When
from tests.hub.log import Entry
from tests.hub.service import token_of
from tests.hub.tokens import Token

if TYPE_CHECKING:
    from tests.hub.hub import Hub


def serve(hub: "Hub", entry: Entry, headers: Message, content: bytes) -> tuple[Answer, Fault | None]:
    token = token_of(hub, headers)
    entry.token = token.name if token else ""
    entry.body = msgspec.json.decode(content) if content else None
    hub.log.add(entry)
    fault = hub.faults.meet(entry.method, entry.path)
    if fault and fault.when is When.INSTEAD:
        return fault.answer or Answer(), fault
    if token is None:
        return Answer(status=401, body={"message": "Bad credentials"}), fault
    try:
        with hub.lock:
            answer = _answered(hub, token, entry.body or {})
            entry.changed = entry.is_write
    except Refused as refused:
        answer = Answer(body={"data": None, "errors": [{"type": "UNPROCESSABLE", "message": str(refused)}]})
    return answer, fault


def _answered(hub: "Hub", token: Token, body: dict[str, Any]) -> Answer:
    query = body.get("query", "")
    if "viewer" in query:
        return Answer(body={"data": {"viewer": {"login": token.login}}})
    hub.breaches.append(f"GraphQL: the hub does not serve {query!r}")
    raise Refused(200, "Something went wrong")
