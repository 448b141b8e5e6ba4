"""Slack, Discord and mail servers on loopback, as they are from outside; usable without pytest, too.

    with Services(folder) as services:
        os.environ.update(services.environment)     # addresses, passwords, proxy, certificates
        (folder / "gate.toml").write_text(services.toml)

The web server's certificate names hooks.slack.com and discord.com and is reached through a CONNECT proxy, so the client
opens the very addresses that it would open in the world. Nothing of the client is patched.
"""

import asyncio
import contextlib
import json
import logging
import select
import socket
import ssl
import threading
import time
import warnings
from collections import defaultdict
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import trustme
from aiosmtpd.smtp import SMTP, AuthResult

SLACK = "hooks.slack.com"
DISCORD = "discord.com"
OTHER = "hooks.example.com"
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # the server's own log is nobody's test
TOKEN = "s3cretToken0xyz"
URLS = {
    SLACK: f"https://{SLACK}/services/T0TEAM00/B0BOT000/{TOKEN}",
    DISCORD: f"https://{DISCORD}/api/webhooks/123456789012345678/{TOKEN}",
    OTHER: f"https://{OTHER}/in/{TOKEN}?sig={TOKEN}",
}
USER, PASSWORD = "gate-user-7", "correct horse battery"
SENDER, RECIPIENTS = "gate@example.com", ("team@example.com", "lead@example.com")


@dataclass(frozen=True)
class Mode:
    """How a server behaves for one request."""

    act: str = "ok"
    """ok, hang, drop (after receipt), answer."""
    status: int = 200
    headers: dict = field(default_factory=dict)
    body: bytes = b""


OK, HANG, DROP = Mode(), Mode(act="hang"), Mode(act="drop")


def answer(status, body=b"", **headers):
    """An answer of its own; `Retry_After` is the header Retry-After."""
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Mode(act="answer", status=status, headers=named, body=body)


def busy(retry_after, body=b""):
    return answer(429, body, Retry_After=retry_after)


@dataclass(frozen=True)
class Received:
    """A request that was read whole."""

    host: str
    path: str
    headers: dict
    body: bytes
    at: float

    @property
    def document(self):
        return json.loads(self.body)


@dataclass(frozen=True)
class Letter:
    """A message that a mail server was given whole."""

    sender: str
    to: tuple
    raw: bytes
    at: float

    @property
    def message(self):
        return message_from_bytes(self.raw, policy=policy.default)

    def part(self, kind):
        return self.message.get_body(preferencelist=(kind,)).get_content()


class Modes:
    """What comes next, by host; the last one for ever."""

    def __init__(self):
        self._lock = threading.Lock()
        self._next = defaultdict(lambda: [OK])

    def set(self, name, *modes):
        with self._lock:
            self._next[name] = list(modes)

    def take(self, name):
        with self._lock:
            queue = self._next[name]
            return queue.pop(0) if len(queue) > 1 else queue[0]


# ------------------------------------------------------------------ web


class _Web(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 64

    def __init__(self, services, context):
        self.services, self._context = services, context
        super().__init__(("127.0.0.1", 0), _Hook)

    def get_request(self):
        plain, address = super().get_request()
        plain.settimeout(30)
        return self._context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        """Clients that go away are what these tests are about."""


class _Hook(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        services = self.server.services
        host = self.headers["Host"].partition(":")[0]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        services.received.append(Received(host, self.path, dict(self.headers), body, time.monotonic()))
        mode = services.modes.take(host)
        if mode.act == "hang":
            services.stopping.wait(30)
        if mode.act in ("hang", "drop"):
            self.close_connection = True
            return
        status, said, kind = self._usual(host, body) if mode.act == "ok" else (mode.status, mode.body, "text/plain")
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(said)), **mode.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def _usual(self, host, body):
        """As the service answers: Slack a word, Discord the message that it made, or nothing without wait=true."""
        if host == SLACK:
            return 200, b"ok", "text/html"
        if host == DISCORD and "wait=true" in self.path:
            made = {"id": "1180000000000000000", "type": 0, "content": json.loads(body).get("content", "")}
            return 200, json.dumps(made).encode(), "application/json"
        return (204, b"", "text/plain") if host == DISCORD else (200, b"taken", "text/plain")

    def log_message(self, *_):
        """Quiet."""


class _Proxy(ThreadingTCPServer):
    daemon_threads = False
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, services, hosts, port):
        self.services, self.hosts, self.port = services, hosts, port
        super().__init__(("127.0.0.1", 0), _Tunnel)

    def handle_error(self, *_):
        """As above."""


class _Tunnel(BaseRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := self.request.recv(4096)):
                return
            head += more
        method, target, _ = head.split(b"\r\n")[0].decode("latin-1").split(" ", 2)
        host = target.partition(":")[0]
        self.server.services.tunnels.append(target)
        if method != "CONNECT" or host not in self.server.hosts:
            self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as there:
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._relay(there)

    def _relay(self, there):
        ends = {self.request: there, there: self.request}
        while not self.server.services.stopping.is_set():
            for end in select.select(list(ends), [], [], 0.1)[0]:
                if not (data := end.recv(65536)):
                    return
                ends[end].sendall(data)


# ------------------------------------------------------------------ mail


class Mail:
    """One mail server. `mode`: ok, hang, drop, or an answer's line such as "451 later"."""

    def __init__(self, context=None, *, tls="starttls", auth=True, user=USER, password=PASSWORD):
        self.letters, self.tries, self.commands = [], [], []
        self.modes, self.refused, self.pause = Modes(), {}, 0.0
        self._context, self._tls, self._auth, self._known = context, tls, auth, (user, password)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()
        self.port = 0

    def __enter__(self):
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        implicit = self._context if self._tls == "implicit" else None
        server = self._loop.run_until_complete(self._loop.create_server(self._smtp, "127.0.0.1", 0, ssl=implicit))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._ended())
        self._loop.close()

    async def _ended(self):
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)

    def _smtp(self):
        starttls = self._tls == "starttls"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of AUTH without TLS, which is what a test wants
            return SMTP(
                self,
                loop=self._loop,
                hostname="mail.example.com",
                tls_context=self._context if starttls else None,
                require_starttls=starttls,
                auth_required=self._auth,
                auth_require_tls=False,
                auth_exclude_mechanism=() if self._auth else ("LOGIN", "PLAIN"),
                authenticator=self._authenticated if self._auth else None,
                timeout=30,
            )

    def _authenticated(self, server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        self.tries.append(mechanism)
        return AuthResult(success=given == self._known, handled=False)

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        self.commands.append(("RCPT", address))
        await asyncio.sleep(self.pause)
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        letter = Letter(envelope.mail_from, tuple(envelope.rcpt_tos), envelope.content, time.monotonic())
        mode = self.modes.take("mail")
        if mode in (OK, HANG, DROP):
            self.letters.append(letter)
        if mode == HANG:
            await asyncio.sleep(30)
        if mode == DROP:
            server.transport.abort()
        return "250 OK" if mode == OK else (mode.body.decode() if mode.act == "answer" else "421 gone")


class Mute:
    """Takes connections and says nothing."""

    def __enter__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        return self

    def __exit__(self, *_):
        self._socket.close()


# ------------------------------------------------------------------ all of it


class Services:
    """Everything that alerts are sent to. Start it by `with`."""

    def __init__(self, folder, hosts=(SLACK, DISCORD, OTHER)):
        self.folder, self._hosts = Path(folder), hosts
        self.received, self.tunnels = [], []
        self.modes, self.stopping = Modes(), threading.Event()
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        authority = trustme.CA()
        self.authority = self.folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.authority))
        self._context = self._named(authority, *self._hosts)
        self.mail_context = self._named(authority, "localhost", "127.0.0.1", "mail.example.com")
        web = _Web(self, self._context)
        self._proxy = _Proxy(self, self._hosts, web.server_address[1])
        self._serve(web)
        self._serve(self._proxy)
        self._stack.callback(self.stopping.set)
        self.mail = self._stack.enter_context(Mail(self.mail_context))
        return self

    def __exit__(self, *_):
        self._stack.close()

    @staticmethod
    def _named(authority, *names):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names).configure_cert(context)
        return context

    def _serve(self, server):
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        self._stack.callback(server.server_close)
        self._stack.callback(thread.join, 10)
        self._stack.callback(server.shutdown)

    def at(self, host):
        """What one host received."""
        return [one for one in self.received if one.host == host]

    @property
    def environment(self):
        """What a process needs to find all this, and the secrets."""
        proxy = f"http://127.0.0.1:{self._proxy.server_address[1]}"
        local = "127.0.0.1,localhost"
        return {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), local),
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(self.authority)),
            "GATE_SLACK_URL": URLS[SLACK],
            "GATE_DISCORD_URL": URLS[DISCORD],
            "GATE_WEBHOOK_URL": URLS[OTHER],
            "GATE_MAIL_USER": USER,
            "GATE_MAIL_PASSWORD": PASSWORD,
        }

    @property
    def toml(self):
        """[alerts] of a gate.toml: the user's own three channels."""
        to = ", ".join(f'"{one}"' for one in RECIPIENTS)
        return (
            "[alerts.slack]\n[alerts.discord]\n[alerts.email]\n"
            f'host = "localhost"\nport = {self.mail.port}\nfrom = "{SENDER}"\nto = [{to}]\n'
            'user_env = "GATE_MAIL_USER"\npassword_env = "GATE_MAIL_PASSWORD"\n'
        )
