"""Where artifacts lie: another host with a signed URL, and nothing that may be shown a token."""

import secrets
from email.message import Message
from typing import TYPE_CHECKING

from tests.hub.exchange import Answer
from tests.hub.faults import Fault, When
from tests.hub.log import Entry

if TYPE_CHECKING:
    from tests.hub.hub import Hub

PREFIX = "/_blobs/"


def signed_url(hub: "Hub", content: bytes) -> str:
    """A URL that serves ``content`` to whoever holds it; on ``localhost``, so that it is not the API's host."""
    name = secrets.token_urlsafe(12)
    hub.blobs[name] = content
    return f"http://localhost:{hub.port}{PREFIX}{name}?sig={secrets.token_urlsafe(8)}"


def serve(hub: "Hub", entry: Entry, headers: Message) -> tuple[Answer, Fault | None]:
    hub.log.add(entry)
    fault = hub.faults.meet(entry.method, entry.path)
    if fault and fault.when is When.INSTEAD:
        return fault.instead(), fault
    if headers.get("Authorization"):
        hub.breaches.append(f"GET {entry.path}: the token was shown to the blob store")
        text = b"<?xml version='1.0'?><Error><Code>InvalidAuthenticationInfo</Code></Error>"
        return Answer(status=400, raw=text, headers={"Content-Type": "application/xml"}), None
    content = hub.blobs.get(entry.path.removeprefix(PREFIX))
    if content is None:
        return Answer(
            status=404, raw=b"<Error><Code>BlobNotFound</Code></Error>", headers={"Content-Type": "application/xml"}
        ), None
    return Answer(raw=content, headers={"Content-Type": "application/zip"}), fault
