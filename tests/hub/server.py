"""The HTTP side: connections, bodies, and the faults that happen to them."""

import secrets
import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from tests.hub import blobs, graphql, service, smart_http
from tests.hub.exchange import Answer
from tests.hub.faults import Fault, Way, When
from tests.hub.log import Entry
from tests.hub.state.rate import Rate

if TYPE_CHECKING:
    from tests.hub.hub import Hub

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on, zero seconds: closing sends RST."""


class Server:
    """A thread for the hub, one more for each connection."""

    def __init__(self, hub: "Hub"):
        self._http = _Http(("127.0.0.1", 0), _Connection)
        self._http.hub = hub
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def port(self) -> int:
        return self._http.server_address[1]

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._http.stopping.set()
        self._http.shutdown()
        self._thread.join()
        self._http.hang_up()
        self._http.server_close()


class _Http(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 64
    hub: "Hub"

    def __init__(self, *args: Any):
        self._open: set[socket.socket] = set()
        self.stopping = threading.Event()
        super().__init__(*args)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Clients keep connections open; waiting for them would be waiting for ever."""
        for one in list(self._open):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no news; anything else is the hub's own fault."""
        wrong = sys.exception()
        if not isinstance(wrong, OSError):
            self.hub.breaches.append(f"the hub itself failed: {wrong!r}")


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Http

    def _serve(self) -> None:
        url = urlsplit(self.path)
        entry = Entry(method=self.command, path=url.path, query=dict(parse_qsl(url.query, keep_blank_values=True)))
        body = self._body()
        hub = self.server.hub
        if smart_http.is_git(url.path):
            answer, fault = smart_http.serve(hub, entry, self.headers, url.query, body)
        elif url.path.startswith(blobs.PREFIX):
            answer, fault = blobs.serve(hub, entry, self.headers)
        elif url.path == hub.graphql_path:
            answer, fault = graphql.serve(hub, entry, self.headers, body)
        else:
            answer, fault = service.serve(hub, entry, self.headers, body)
        self._send(answer, fault, entry)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _serve  # noqa: N815  http.server's names

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, answer: Answer, fault: Fault | None, entry: Entry) -> None:
        if fault and fault.way is Way.SLOW:
            self.server.stopping.wait(fault.seconds)
        if fault and fault.way is Way.RESET:
            self._reset()
            return
        if fault and fault.way is Way.ANSWER and fault.when is When.AFTER and fault.answer:
            answer = fault.answer
        content = (
            answer.raw if answer.raw is not None else b"" if answer.body is None else msgspec.json.encode(answer.body)
        )
        entry.status = answer.status
        self.send_response(answer.status)
        for name, value in _headers(answer, len(content), self.server.hub.rate).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if fault and fault.way is Way.TRUNCATED else content)
        self.wfile.flush()
        self.close_connection = self.close_connection or bool(fault and fault.way is Way.TRUNCATED)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()

    def log_message(self, *_: Any) -> None:
        """The log is the hub's own."""


def _headers(answer: Answer, length: int, rate: Rate) -> dict[str, str]:
    usual = {
        "Content-Type": "application/json; charset=utf-8",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": secrets.token_hex(8).upper(),
        **rate.headers,
    }
    named = {name.lower() for name in answer.headers}
    kept = {name: value for name, value in usual.items() if name.lower() not in named}
    if answer.status != 204:
        kept["Content-Length"] = str(length)
    return {**kept, **answer.headers}
