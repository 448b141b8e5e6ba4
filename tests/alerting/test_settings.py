"""[alerts]: the user's own channels by default, one line for whatever is wrong, and no secret taken or repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.config import parse_operating
from gate.domain.alert import Sent, Severity
from gate.errors import ConfigError
from gate.wiring.alerting import CHANNELS, alarm
from tests.alerting.servers import TOKEN, URLS
from tests.alerting.targets import alert

EMAIL = '[alerts.email]\nhost = "smtp.example.com"\nfrom = "gate@example.com"\nto = ["team@example.com"]\n'


def read(text):
    return parse_operating(text, "gate.toml").alerts


def refused(text):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert "\n" not in caught.value.message + caught.value.advice
    assert caught.value.advice
    return f"{caught.value.message} / {caught.value.advice}"


def test_chat_hears_every_trigger_and_mail_hears_what_is_critical():
    settings = read("[alerts.slack]\n[alerts.discord]\n" + EMAIL)
    assert settings.slack.least is settings.discord.least is Severity.WARNING
    assert settings.email.least is Severity.CRITICAL
    assert settings.email.tls == "starttls"


def test_nothing_is_configured_by_default():
    settings = read("")
    assert [name for name in CHANNELS if getattr(settings, name) is not None] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'[alerts.slack]\nurl_env = "{URLS["hooks.slack.com"]}"', "url_env is an address / secrets stand in the env"),
        (f'[alerts.slack]\nurl = "{URLS["hooks.slack.com"]}"', "url does not belong into a file / secrets stand in"),
        (f'[alerts.slack]\nwebhook = "{TOKEN}"', "webhook does not belong into a file"),
        (f'[alerts.discord]\nurl_env = "{TOKEN}-{TOKEN}"', "url_env is no variable's name"),
        (f'[alerts.apprise]\nurls = ["slack://{TOKEN}"]', 'urls_env = "GATE_APPRISE_URLS"'),
        (f'{EMAIL}password = "{TOKEN}"', "password does not belong into a file"),
        (f'{EMAIL}user = "{TOKEN}"', "user does not belong into a file"),
        (f'{EMAIL}password_env = "{TOKEN} x"', "password_env is no variable's name"),
        (f'[alerts.slack]\nleast = "{TOKEN}"', "least: invalid enum value"),
        ('[alerts.slack]\nurl_env = ""', "url_env is empty"),
        ('[alerts.slack]\nleats = "info"', "did you mean 'least'?"),
        ("[alerts.slak]", "did you mean 'slack'?"),
        ("[alerts]\nslack = 3", "write [alerts.slack] on a line of its own"),
        ("alerts = 3", "'alerts' is no table"),
        ('[alerts.email]\nfrom = "a@b.c"\nto = ["a@b.c"]', "missing required field `host`"),
        (EMAIL.replace("gate@example.com", "gate"), "not e-mail addresses"),
        (EMAIL.replace("team@example.com", "Team <team@example.com>"), "not e-mail addresses"),
        (EMAIL.replace('"team@example.com"', ""), "not e-mail addresses"),
        (EMAIL.replace("team@example.com", "a@b.c\\nBcc: x@y.z"), "not e-mail addresses"),
        (EMAIL.replace("smtp.example.com", "smtp example"), "host is no host's name"),
        (f"{EMAIL}port = 70000", "port is none"),
        (f"{EMAIL}timeout = nan", "timeout is out of bounds"),
        (f'{EMAIL}tls = "none"', "would send without TLS over a network"),
        (f'{EMAIL}tls = "ssl"', "tls: invalid enum value"),
        (f'{EMAIL}user_env = "A"', "has one of user_env and password_env"),
        ("[alerts]\nwithin = nan", "not positive numbers"),
        ("[alerts]\nwithin = 1\ntimeout = 5", "timeout is above within"),
        ("[alerts]\ntries = 0", "tries 1 to 10"),
        ("[alerts]\nwithin = 3600", "within up to 300 s"),
        ('[alerts]\ntries = "many"', "tries: expected `int`"),
    ],
)
def test_what_is_wrong_is_one_line_and_repeats_no_secret(text, said):
    line = refused(text)
    assert said in line
    assert TOKEN not in line


@given(st.text(min_size=1))
def test_a_variables_name_is_a_variables_name_or_refused_unseen(name):
    quoted = '"' + "".join(f"\\U{ord(one):08x}" for one in name if not 0xD800 <= ord(one) < 0xE000) + '"'
    try:
        taken = read(f"[alerts.slack]\nurl_env = {quoted}").slack.url_env
    except ConfigError as error:
        assert len(name) < 8 or name not in error.message + error.advice  # noqa: PT017
    else:
        assert taken.isidentifier()
        assert taken.isascii()


def test_mail_on_this_machine_may_be_without_tls():
    assert read(EMAIL.replace("smtp.example.com", "localhost") + 'tls = "none"').email.tls == "none"


# ------------------------------------------------------------------ the environment


@pytest.mark.parametrize(
    ("text", "environment", "said"),
    [
        ("[alerts.slack]", {}, "the environment variable GATE_SLACK_URL is not set"),
        ("[alerts.slack]", {"GATE_SLACK_URL": "  "}, "the environment variable GATE_SLACK_URL is not set"),
        ("[alerts.slack]", {"GATE_SLACK_URL": TOKEN}, "the environment variable GATE_SLACK_URL holds no https address"),
        ('[alerts.discord]\nurl_env = "X"', {"X": f"http://d.example/{TOKEN}"}, "variable X holds no https address"),
        ("[alerts.apprise]", {}, "the environment variable GATE_APPRISE_URLS is not set"),
        (EMAIL + 'user_env = "U"\npassword_env = "P"', {"U": "me"}, "the environment variable P is not set"),
    ],
)
def test_a_channel_without_its_secret_says_so_and_the_others_are_told(text, environment, said, tmp_path, capfd):
    told = alarm(parse_operating(text + "\n[alerts.terminal]", "gate.toml"), environment, tmp_path).tell(alert())
    failed, delivered = told
    assert (failed.outcome, delivered.outcome) == (Sent.FAILED, Sent.DELIVERED)
    assert said in failed.sentence
    assert TOKEN not in failed.sentence
    assert "m-1" in capfd.readouterr().err


def test_where_no_channel_is_configured_it_is_recorded_and_printed(tmp_path, capfd):
    (told,) = alarm(parse_operating("", "gate.toml"), {}, tmp_path).tell(alert())
    assert (told.channel, told.outcome) == ("terminal", Sent.DELIVERED)
    assert "Regime change rate 22.4%" in capfd.readouterr().err
    assert "m-1" in (tmp_path / "reports" / "alerts" / "deliveries.jsonl").read_text()


def test_apprise_that_is_not_installed_is_said(tmp_path, monkeypatch, capfd):
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    monkeypatch.delitem(__import__("sys").modules, "gate.adapters.alerts.apprise", raising=False)
    operating = parse_operating("[alerts.apprise]", "gate.toml")
    told = alarm(operating, {"GATE_APPRISE_URLS": f"slack://{TOKEN}"}, tmp_path).tell(alert())
    assert "pip install 'regime-gate[apprise]'" in told[0].sentence
    assert TOKEN not in capfd.readouterr().err


def test_settings_and_channels_print_no_secret(tmp_path):
    made = alarm(parse_operating("[alerts.slack]", "gate.toml"), {"GATE_SLACK_URL": URLS["hooks.slack.com"]}, tmp_path)
    assert TOKEN not in repr(made)
    assert TOKEN not in str(made)
