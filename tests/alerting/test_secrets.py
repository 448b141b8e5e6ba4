"""A secret is printed by nobody, and other people's logs are left alone."""

import base64
import http.client
import logging
import pickle
import smtplib
import threading
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.adapters.alerts.secrets import HIDDEN, WITHHELD, Secret, unprinted, withheld

LETTERS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=6, max_size=30)


@given(LETTERS, st.text(), st.text())
def test_what_a_stranger_repeats_is_hidden_in_every_usual_form(token, before, after):
    secret = Secret(f"https://hooks.slack.com/services/T0/{token}?x={token}")
    forms = (token, token.upper(), secret.reveal(), quote(secret.reveal(), safe=""))
    for form in (*forms, base64.b64encode(token.encode()).decode().rstrip("=")):
        assert form.lower() not in secret.scrub(f"{before} {form} {after}").lower().replace(HIDDEN, "") or (
            form.lower() in f"{before} {after}".lower()
        )


@given(st.text())
def test_scrubbing_leaves_what_holds_no_secret(text):
    assert Secret("zq9-Zq9-zq9-ZQ9").scrub(text) == text or "zq9" in text.lower()


def test_a_secret_is_not_printed_or_pickled():
    secret = Secret("s3cret-token")
    assert "s3cret" not in f"{secret} {secret!r} {[secret]} { ({'a': secret}) }"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


def test_what_is_said_meanwhile_on_this_thread_is_withheld_and_nothing_else(caplog):
    caplog.set_level(1)
    log = logging.getLogger("somebody")
    with withheld():
        with withheld():
            log.debug("POST %s", "/services/s3cret", exc_info=ValueError("s3cret"), stack_info=True)
        other = threading.Thread(target=lambda: log.warning("of another thread"))
        other.start()
        other.join()
        log.warning("s3cret still")
    log.warning("afterwards")
    assert [one.getMessage() for one in caplog.records] == [WITHHELD, "of another thread", WITHHELD, "afterwards"]
    assert "s3cret" not in caplog.text


def test_another_factory_that_was_set_since_is_kept_and_hears_nothing(caplog):
    before = logging.getLogRecordFactory()

    class Mine(logging.LogRecord):
        pass

    try:
        logging.setLogRecordFactory(Mine)
        with withheld():
            logging.getLogger("somebody").warning("s3cret")
        assert isinstance(caplog.records[-1], Mine)
        assert "s3cret" not in caplog.text
    finally:
        logging.setLogRecordFactory(before)


def test_printing_is_stopped_for_as_long_as_anybody_sends_and_then_goes_on(monkeypatch):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    monkeypatch.setattr(smtplib.SMTP, "debuglevel", 2)
    with unprinted():
        with unprinted():
            pass
        assert (http.client.HTTPConnection.debuglevel, smtplib.SMTP.debuglevel) == (0, 0)
    assert (http.client.HTTPConnection.debuglevel, smtplib.SMTP.debuglevel) == (1, 2)
