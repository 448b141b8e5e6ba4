"""E-mail: never without TLS by accident, AUTH, one id for ever, nothing smuggled into a header."""

import base64
import time
from email import message_from_bytes, policy
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.alerts.email import letter
from gate.adapters.alerts.patience import Patience
from gate.domain.alert import AlertKind, Sent, Severity
from tests.alerting.servers import PASSWORD, RECIPIENTS, SENDER, USER, Mail, Mute, answer
from tests.alerting.targets import QUICK, alert, mail_channel, mail_settings

online = pytest.mark.enable_socket
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "References",
    "X-Gate-Alert",
    "Auto-Submitted",
    "Importance",
    "X-Priority",
    "MIME-Version",
    "Content-Type",
}


@online
def test_starttls_and_auth(services):
    done = mail_channel(services.mail.port).deliver(alert())
    assert done.outcome is Sent.DELIVERED
    (got,) = services.mail.letters
    assert (got.sender, got.to) == (SENDER, RECIPIENTS)
    assert services.mail.tries == ["PLAIN"]
    assert got.message.get_content_type() == "multipart/alternative"
    for part in (got.part("plain"), got.part("html")):
        assert "22.4%" in part
        assert "2026-11-29 14:30:00 UTC" in part
        assert "m-1" in part
        assert "https://github.com/o/r/issues/7" in part
    assert got.message["Importance"] == "high"


@online
def test_implicit_tls(services):
    with Mail(services.mail_context, tls="implicit") as mail:
        assert mail_channel(mail.port, tls="implicit").deliver(alert()).outcome is Sent.DELIVERED
        assert len(mail.letters) == 1


@online
def test_a_server_without_tls_is_refused_in_one_line_and_hears_no_password(services):
    with Mail(tls="none") as mail:
        done = mail_channel(mail.port).deliver(alert())
        assert (done.outcome, done.tries) == (Sent.FAILED, 1)
        assert done.sentence == (
            'the mail server offers no TLS: nothing was sent; mend it, or tls = "none" for one on this machine'
        )
        assert mail.tries == mail.letters == mail.commands == []


@online
def test_a_server_on_this_machine_may_be_without_tls_where_the_user_says_so(services):
    with Mail(tls="none", auth=False) as mail:
        done = mail_channel(mail.port, tls="none", user="", password="").deliver(alert())
        assert done.outcome is Sent.DELIVERED


@online
def test_a_certificate_that_nobody_vouches_for_gets_nothing(services, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    done = mail_channel(services.mail.port).deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "certificate is not trusted" in done.sentence
    assert services.mail.tries == services.mail.letters == []


@online
@pytest.mark.parametrize("changes", [{"password": "wrong horse"}, {"user": "somebody-else"}])
def test_a_wrong_password_is_one_line_without_it(changes, services):
    done = mail_channel(services.mail.port, **changes).deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert done.sentence.startswith("the mail server refuses name and password: 535")
    for secret in (*changes.values(), USER, PASSWORD):
        assert secret not in done.sentence
    assert services.mail.letters == []


@online
def test_a_server_that_repeats_the_password_is_not_repeated(services):
    secret = base64.b64encode(PASSWORD.encode()).decode()
    services.mail.refused = {to: f"550 no {to} for {USER} {PASSWORD} {secret}" for to in RECIPIENTS}
    done = mail_channel(services.mail.port).deliver(alert())
    assert done.outcome is Sent.FAILED
    for part in (USER, PASSWORD, secret.rstrip("=")):
        assert part not in done.sentence


@online
def test_a_server_without_auth_is_said(services):
    with Mail(services.mail_context, auth=False) as mail:
        done = mail_channel(mail.port).deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "no AUTH" in done.sentence


@online
def test_a_password_that_auth_cannot_carry_is_said_without_it(services):
    done = mail_channel(services.mail.port, password="pässwörd-long").deliver(alert())
    assert done.outcome is Sent.FAILED
    assert "ä" not in done.sentence


@online
def test_a_server_that_says_nothing_has_not_got_it(services):
    with Mute() as mute:
        done = mail_channel(mute.port, patience=Patience(tries=2, timeout=0.2, within=1.0, first=0.01)).deliver(alert())
    assert (done.outcome, done.sentence) == (Sent.FAILED, "the mail server does not answer in time")


@online
def test_a_server_that_takes_its_time_with_every_answer_is_not_waited_for_longer_than_a_try(services):
    services.mail.pause = 0.4
    many = tuple(f"r{number}@example.com" for number in range(20))
    started = time.monotonic()
    done = mail_channel(services.mail.port, patience=Patience(tries=1, timeout=1.0, within=5.0), to=many).deliver(
        alert()
    )
    assert (done.outcome, done.sentence) == (Sent.FAILED, "the mail server does not answer in time")
    assert time.monotonic() - started < 20 * 0.4


@online
def test_who_has_it_is_not_sent_to_again(services):
    first, second = RECIPIENTS
    services.mail.refused = {second: "450 mailbox busy"}
    done = mail_channel(services.mail.port).deliver(alert())
    assert done.outcome is Sent.FAILED
    assert done.tries == QUICK.tries
    assert [one.to for one in services.mail.letters] == [(first,)]
    services.mail.refused = {}


@online
def test_a_recipient_that_is_refused_for_good_is_said_and_the_others_have_it(services):
    first, second = RECIPIENTS
    services.mail.refused = {second: "550 no such user"}
    done = mail_channel(services.mail.port).deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "1 of 2 recipients, the others have it: 550" in done.sentence
    assert [one.to for one in services.mail.letters] == [(first,)]


@online
def test_an_unexpected_answer_to_the_message_is_no_receipt(services):
    services.mail.modes.set("mail", answer(0, b"552 too large"))
    done = mail_channel(services.mail.port).deliver(alert())
    assert (done.outcome, done.tries) == (Sent.FAILED, 1)
    assert "552 too large" in done.sentence


def test_the_same_alert_makes_the_same_message_id_and_another_makes_another():
    first, again, other = (letter(alert(name), mail_settings(25)) for name in ("a", "a", "b"))
    assert first["Message-ID"] == again["Message-ID"] != other["Message-ID"]
    assert first["References"] == other["References"]  # one key, one thread


def test_only_a_critical_alert_is_marked_as_urgent():
    assert letter(alert(severity=Severity.WARNING), mail_settings(25))["Importance"] is None
    assert letter(alert(kind=AlertKind.RECOVERED), mail_settings(25))["Importance"] is None


@given(st.text(), st.text(), st.text(max_size=40))
def test_no_text_gets_into_a_header(title, text, name):
    told = alert(name, title=f"x\r\nBcc: evil@example.com\n{title}", text=text, key=f"\r\nTo: a@b.c{name}")
    raw = letter(told, mail_settings(25)).as_bytes(policy=SMTP.clone(cte_type="7bit"))
    read = message_from_bytes(raw, policy=policy.default)
    assert set(read.keys()) <= HEADERS
    assert len(read.keys()) == len(set(read.keys()))
    assert read["To"] == ", ".join(RECIPIENTS)
    assert "\n" not in read["Subject"]
    assert raw.isascii()
