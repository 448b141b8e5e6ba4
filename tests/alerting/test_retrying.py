"""What webhooks answer: Retry-After in every form, redirects, pages of somebody else, certificates, proxies."""

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.alerts.discord import DiscordChannel
from gate.adapters.alerts.patience import Patience, asked_to_wait
from gate.adapters.alerts.posting import why_no_address
from gate.adapters.alerts.secrets import Secret
from gate.adapters.alerts.slack import SlackChannel
from gate.domain.alert import Sent
from tests.alerting.servers import DISCORD, OK, SLACK, TOKEN, URLS, answer, busy
from tests.alerting.targets import QUICK, alert

online = pytest.mark.enable_socket


def slack(url=URLS[SLACK], patience=QUICK):
    return SlackChannel(url=Secret(url), patience=patience)


def discord():
    return DiscordChannel(url=Secret(URLS[DISCORD]), patience=QUICK)


def gap(services, host):
    first, second = services.at(host)
    return second.at - first.at


@online
@pytest.mark.parametrize("asked", ["0.3", "0.30"])
def test_a_fractional_retry_after_is_waited_for(asked, services):
    services.modes.set(SLACK, busy(asked), OK)
    assert slack().deliver(alert()).outcome is Sent.DELIVERED
    assert gap(services, SLACK) >= 0.3


@online
def test_discord_says_it_to_the_millisecond_in_the_body(services):
    body = b'{"message": "You are being rate limited.", "retry_after": 0.35, "global": false}'
    services.modes.set(DISCORD, answer(429, body), OK)
    assert discord().deliver(alert()).outcome is Sent.DELIVERED
    assert gap(services, DISCORD) >= 0.35


@online
def test_who_asks_to_wait_too_long_is_not_waited_for(services):
    services.modes.set(SLACK, busy(3600))
    done = slack().deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "3600 s" in done.sentence
    assert done.seconds < QUICK.within


@online
def test_a_redirect_is_not_followed_with_the_message(services):
    services.modes.set(SLACK, answer(302, Location="https://hooks.example.com/stolen"))
    done = slack().deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "redirect" in done.sentence
    assert len(services.received) == 1


@online
@pytest.mark.parametrize("page", [b"<html>Sign in to the hotel</html>", b"", b"{}"])
def test_a_success_that_slack_or_discord_did_not_say_is_no_receipt(page, services):
    services.modes.set(SLACK, answer(200, page))
    services.modes.set(DISCORD, answer(200, page))
    assert slack().deliver(alert()).outcome is Sent.UNKNOWN
    assert discord().deliver(alert()).outcome is Sent.UNKNOWN


@online
@pytest.mark.parametrize("status", [502, 504])
def test_a_gateway_that_fails_leaves_it_open(status, services):
    services.modes.set(SLACK, answer(status))
    assert slack().deliver(alert()).outcome is Sent.UNKNOWN


@online
def test_what_the_service_says_is_said_without_the_secret(services):
    said = f"no_service at /services/T0TEAM00/B0BOT000/{TOKEN}\nand more"
    services.modes.set(SLACK, answer(404, said.encode()))
    done = slack().deliver(alert())
    assert done.sentence.startswith("answered 404: no_service at /")
    assert TOKEN not in done.sentence
    assert "\n" not in done.sentence


@online
def test_a_certificate_that_nobody_vouches_for_gets_nothing(services, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    done = slack().deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "certificate" in done.sentence
    assert services.received == []


@online
def test_a_proxy_that_refuses_is_a_failure_and_no_doubt(services):
    done = slack("https://elsewhere.example.com/services/x/y/z1234567").deliver(alert())
    assert done.outcome is Sent.FAILED
    assert "proxy" in done.sentence


@online
def test_nobody_there_is_a_failure_and_no_doubt(services):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    done = slack(f"http://127.0.0.1:{port}/services/a/b/c1234567").deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, QUICK.tries)
    assert done.sentence == "cannot be reached"


@online
def test_a_server_that_takes_connections_and_says_nothing_is_a_failure_before_the_message(services):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        url = f"https://127.0.0.1:{port}/services/a/b/c1234567"
        done = slack(url, Patience(tries=2, timeout=0.2, within=1.0, first=0.01)).deliver(alert())
    assert done.outcome is Sent.FAILED


@online
def test_a_netrc_adds_nothing(services, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine {SLACK} login me password other-secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    assert slack().deliver(alert()).outcome is Sent.DELIVERED
    assert "Authorization" not in services.received[0].headers


def test_retry_after_is_read_in_every_form():
    soon = format_datetime(datetime.now(tz=UTC) + timedelta(seconds=30), usegmt=True)
    assert asked_to_wait("2") == 2
    assert asked_to_wait("1.337") == 1.337
    assert asked_to_wait(None, 0.5) == 0.5
    assert asked_to_wait("1", 1.5) == 1.5
    assert 20 < asked_to_wait(soon) <= 30


@given(st.one_of(st.text(), st.floats(), st.integers(), st.none(), st.booleans(), st.lists(st.integers())))
def test_a_retry_after_without_sense_is_no_wait(said):
    wait = asked_to_wait(said)
    assert 0 <= wait < float("inf")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.slack.com/services/x",
        "http://hooks.slack.com/x",
        "ftp://x",
        "https://",
        "https://[x",
        "https://é.x/a",
    ],
)
def test_an_address_that_is_none_is_said_without_it(url):
    why = why_no_address(url)
    assert why
    assert not url or url not in why


def test_https_and_loopback_are_addresses():
    assert why_no_address(URLS[SLACK]) == why_no_address("http://127.0.0.1:8080/x") == ""
