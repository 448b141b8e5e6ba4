"""A server on loopback that answers as it is told, and remembers what it was asked."""

import contextlib
import json
import socket
import threading
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gate.adapters.github import Client, Connection, Pace

TOKEN = "ghs_" + "s3cret" * 6
PATIENT = Pace(answer=10, call=20.0, whole=20.0, backoff=0.01, between=0.0, between_writes=0.0)
"""A busy machine holds a server up for seconds; a test that asks about slowness says so."""


@dataclass
class Answer:
    status: int = 200
    body: object = field(default_factory=dict)
    headers: dict = field(default_factory=dict)
    act: str = ""


@dataclass
class Told:
    """Answers in order, the last one for ever."""

    answers: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    url: str = ""

    def client(self, **pace):
        return Client(Connection(repository="o/r", token=TOKEN, api_url=self.url, pace=replace(PATIENT, **pace)))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        told = self.server.told
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        told.asked.append((self.command, self.path, dict(self.headers), body))
        answer = told.answers.pop(0) if len(told.answers) > 1 else told.answers[0]
        if answer.act == "reset":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if answer.act == "slow":
            self.server.over.wait(3)
        content = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content) + (10 if answer.act == "short" else 0)))
        self.end_headers()
        for start in range(0, len(content), 1 if answer.act == "drops" else max(len(content), 1)):
            self.wfile.write(content[start : start + 1] if answer.act == "drops" else content)
            self.server.over.wait(0.1 if answer.act == "drops" else 0)
        if answer.act == "short":
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 (the names are http.server's)

    def log_message(self, *_):
        pass

    def handle(self):
        try:
            super().handle()
        except OSError:
            self.close_connection = True

    def finish(self):
        with contextlib.suppress(OSError):
            super().finish()


@pytest.fixture
def told():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.told, server.over, server.daemon_threads = Told(), threading.Event(), True
    server.told.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.told
    server.over.set()
    server.shutdown()
    server.server_close()
    thread.join()
