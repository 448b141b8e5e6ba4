"""The live dashboard as a program that talks HTTP: what it serves, to whom, and how it ends."""

import http.client
import json
import signal
import subprocess
import sys
import time
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from gate.adapters.dashboard_server import Serving, names_of
from gate.errors import BrokenQuestionError
from gate.report.dashboard.site import PUBLIC, STATUS
from tests.dashboard import past, served

pytestmark = pytest.mark.enable_socket


class Reader:
    """One connection; all are closed when the test ends."""

    every: ClassVar[list] = []

    def __init__(self, url, path, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=10)
        self.every.append(self)
        self.connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        self.answer = self.connection.getresponse()
        self.status = self.answer.status

    def close(self):
        self.answer.close()
        self.connection.close()

    def text(self):
        return self.answer.read().decode()

    def event(self):
        """The next event: name, data, id."""
        found = {"event": "", "data": "{}", "id": ""}
        while (line := self.answer.readline().decode()) != "\n" or not found["event"]:
            assert line, "the stream ended"
            name, _, value = line.rstrip("\n").partition(": ")
            found |= {name: value} if name in found else {}
        return found["event"], json.loads(found["data"]), found["id"]

    def until_beat(self):
        """Regions that came before the next sign of life, and its id."""
        regions = []
        while True:
            name, data, number = self.event()
            if name == "beat":
                return regions, number
            regions.append(data["region"])


@pytest.fixture(autouse=True)
def _closed():
    yield
    while Reader.every:
        Reader.every.pop().close()


def test_pages_come_with_a_policy_that_lets_nothing_in(serving):
    with serving() as (url, _):
        reader = Reader(url, "/")
        headers = {name.lower(): value for name, value in reader.answer.getheaders()}
        assert reader.status == 200
        assert "Regime models" in reader.text()
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers
        for path, kind in (("/style.css", "text/css"), ("/badge.svg", "image/svg+xml"), ("/status/", "text/html")):
            reader = Reader(url, path)
            assert (reader.status, reader.answer.getheader("content-type").partition(";")[0]) == (200, kind)
        for path in (
            "/nothing",
            "/../etc/passwd",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/status/../history.json",
            "/events?page=x",
        ):
            assert Reader(url, path).status == 404


def test_a_stream_sends_what_a_reader_lacks_and_goes_on_where_it_left_off(serving, folder):
    served.write(folder, incidents=[])  # nothing that counts down, so only what is written changes the page
    with serving() as (url, _):
        first, number = (reader := Reader(url, "/events?page=incidents.html")).until_beat()
        assert first == ["content"]
        again = Reader(url, "/events?page=incidents.html", Last_Event_ID=number)
        assert again.until_beat() == ([], number)
        since = Reader(url, f"/events?page=incidents.html&since={number}")
        assert since.until_beat() == ([], number)
        assert Reader(url, "/events?page=incidents.html", Last_Event_ID="forged").until_beat()[0] == ["content"]
        served.write(folder, incidents=past.incidents(served.now(), with_open=False))
        changed, newer = [], number
        for _ in range(20):
            more, newer = reader.until_beat() if newer == number else ([], newer)
            changed += more
        assert changed == ["content"]
        late = Reader(url, "/events?page=incidents.html", Last_Event_ID=number)
        assert late.until_beat() == (["content"], newer)


def test_only_the_regions_that_changed_are_sent(serving, folder):
    with serving() as (url, _):
        reader = Reader(url, "/events?page=index.html")
        reader.until_beat()
        served.write(folder, live=served.snapshot(past.live(served.now(), breached=True)))
        seen = set()
        for _ in range(20):
            seen |= set(reader.until_beat()[0]) if "metrics" not in seen else set()
        assert "metrics" in seen
        assert "recent" not in seen


def test_what_cannot_be_read_is_said_and_the_server_stays_up(serving, folder):
    with serving() as (url, process):
        (folder / "monitor.json").write_text('{"schema": 1, "at"')
        assert _eventually(url, "is no snapshot of the monitor")
        served.write(folder, live=served.snapshot(past.live(served.now())))
        assert _eventually(url, "Monitor: last record")
        assert "is no snapshot" not in Reader(url, "/").text()
        assert process.poll() is None


def _eventually(url, words):
    for _ in range(60):
        if words in Reader(url, "/").text():
            return True
        time.sleep(0.1)
    return False


def test_a_request_for_another_host_is_refused(serving):
    with serving() as (url, _):
        reader = Reader(url, "/", Host="attacker.example")
        assert reader.status == 421
        assert "Regime" not in reader.text()
        assert Reader(url, "/", Host="localhost:1").status == 200


def test_in_public_nothing_but_the_status_page_is_there(serving):
    with serving(0, "--public") as (url, _):
        assert Reader(url, "/").answer.getheader("location") == "/status/"
        for name in PUBLIC:
            assert Reader(url, f"/{name}").status == 200
        for path in ("/index.html", "/incidents.html", "/badge.svg", "/metrics/memory.html", "/events?page=index.html"):
            assert Reader(url, path).status == 404
        assert Reader(url, f"/status/events?page={STATUS}").until_beat()[0] == ["content"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_told_though_a_page_is_open(serving, number):
    with serving() as (url, process):
        Reader(url, "/events?page=index.html").until_beat()
        process.send_signal(number)
        assert process.wait(timeout=10) in {0, -number}


def test_an_address_that_is_taken_is_one_line(serving, folder):
    with serving() as (url, _):
        words = (sys.executable, "-m", "tests.dashboard.served", str(folder), str(urlsplit(url).port))
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert "cannot listen on 127.0.0.1" in done.stderr


def test_names_that_a_request_may_be_for():
    assert {"127.0.0.1", "localhost", "::1", "gate.example.com"} == names_of(Serving(hosts=("gate.example.com",)))


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "gate.example.com", "127.0.0.1.evil.example"])
def test_the_inside_is_not_shown_to_other_machines(host):
    from gate.cli.dashboard import refuse  # noqa: PLC0415

    with pytest.raises(BrokenQuestionError, match="have no login"):
        refuse(host, public=False)
    refuse(host, public=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_this_machine_is(host):
    from gate.cli.dashboard import refuse  # noqa: PLC0415

    assert refuse(host, public=False) is None
