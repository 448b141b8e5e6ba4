"""Every channel before its real server, by one contract: delivered, failed or unknown; bounded; never an exception."""

import logging
import time

import pytest

from gate.adapters.alerts.terminal import TerminalChannel
from gate.domain.alert import Delivery, Fact, Sent
from tests.alerting.servers import PASSWORD, TOKEN, USER
from tests.alerting.targets import QUICK, TARGETS, alert

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.filterwarnings(
        "ignore:'(imghdr|cgi|telnetlib|audioop)' is deprecated:DeprecationWarning"
    ),  # apprise's plugins
]
HOSTILE = "\r\nBcc: evil@example.com\x00\x1b[31m<script>@everyone <!channel> \ud800\u202e " + "x" * 9000


@pytest.fixture(params=TARGETS)
def target(request, services):
    return TARGETS[request.param](services)


@pytest.fixture(params=[name for name in TARGETS if name != "apprise"])
def telling(request, services):
    """Those that say why: apprise says no, and nothing more."""
    return TARGETS[request.param](services)


@pytest.fixture(params=["slack", "discord", "webhook", "apprise"])
def web(request, services):
    return TARGETS[request.param](services)


def deliver(target, told=None) -> Delivery:
    channel = target.channel
    done = channel.deliver(told or alert())
    assert done.alert == (told or alert()).id
    assert done.channel == channel.name == target.name
    assert "\n" not in done.sentence
    assert done.sentence
    assert TOKEN not in done.sentence
    return done


def test_a_message_arrives_once_and_bears_its_id(target):
    done = deliver(target)
    assert (done.outcome, done.tries) == (Sent.DELIVERED, 1)
    (message,) = target.received()
    assert "m-1" in message
    assert "22.4%" in message


def test_a_busy_service_is_asked_again(target):
    target.will("busy", "ok")
    done = deliver(target)
    assert (done.outcome, done.tries) == (Sent.DELIVERED, 2)


def test_a_service_that_stays_busy_has_not_got_it(target):
    target.will("busy")
    done = deliver(target)
    assert done.outcome is Sent.FAILED
    assert done.tries == (2 if target.name == "apprise" else QUICK.tries)


def test_a_refusal_is_not_asked_again(target):
    target.will("never")
    done = deliver(target)
    assert done.outcome is Sent.FAILED
    assert done.tries == (2 if target.name == "apprise" else 1)  # apprise does not say why


def test_a_connection_that_ends_after_the_message_leaves_it_open(telling):
    telling.will("drop")
    done = deliver(telling)
    assert done.outcome is Sent.UNKNOWN
    assert len(telling.received()) == done.tries == QUICK.tries
    assert all("m-1" in message for message in telling.received())


def test_silence_after_the_message_leaves_it_open_and_each_try_bears_the_same_id(target):
    target.will("hang")
    started = time.monotonic()
    done = deliver(target)
    assert done.outcome is Sent.UNKNOWN
    assert done.tries > 1
    assert time.monotonic() - started < 4 * QUICK.within  # bounded; generous where the machine is busy
    assert len(target.received()) == done.tries
    assert all("m-1" in message for message in target.received())


def test_a_doubt_is_ended_by_a_receipt(target):
    target.will("drop", "ok")
    assert deliver(target).outcome is Sent.DELIVERED


def test_a_doubt_stays_where_a_refusal_follows(telling):
    telling.will("drop", "never")
    done = deliver(telling)
    assert done.outcome is Sent.UNKNOWN
    assert "then" in done.sentence


def test_hostile_text_is_delivered_and_nothing_is_raised(target):
    told = alert(title=HOSTILE, text=HOSTILE, facts=(Fact(name=HOSTILE, value=HOSTILE),) * 60, url=HOSTILE)
    assert deliver(target, told).outcome is Sent.DELIVERED


def test_the_terminal_writes_one_visible_line(capfd):
    done = TerminalChannel().deliver(alert(title=HOSTILE))
    assert done.outcome is Sent.DELIVERED
    written = capfd.readouterr().err
    assert written.count("\n") == 1
    assert "\x1b" not in written
    assert "m-1" in written


def test_a_closed_terminal_is_said(monkeypatch):
    class Closed:
        def write(self, _):
            raise BrokenPipeError

    monkeypatch.setattr("sys.stderr", Closed())
    assert TerminalChannel().deliver(alert()).outcome is Sent.FAILED


def test_no_library_is_heard_while_it_holds_a_secret(web, caplog):
    """Mail is in test_processes.py, where the server is another process than the client."""
    caplog.set_level(1)
    for name in ("urllib3", "urllib3.connectionpool", "requests", "apprise"):
        logging.getLogger(name).setLevel(1)
    web.will("busy", "ok")
    deliver(web)
    assert not [one for one in caplog.records if TOKEN in one.getMessage()]
    for secret in (TOKEN, USER, PASSWORD):
        assert secret not in caplog.text
