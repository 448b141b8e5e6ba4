"""What stands in a message: all of it, readable, within each service's limits, and nothing that hostile text adds."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from gate.domain.alert import AlertKind, Fact, Severity
from gate.report.alerts import discord_message, line, lines, mail, slack_message
from gate.report.alerts.escaping import discord, harmless, link, slack
from gate.report.alerts.fitting import fitted, units
from gate.report.alerts.view import view
from gate.report.text import plain
from tests.alerting.targets import alert

JOINER = "\N{WORD JOINER}"
SIGNS = "@#<>&|`*_[]()!~$\\:/.-+=\"'{} \n\r\t\u202e\u200b\u2028\x00" + "aZ0é中🔥www<!channel>@everyone"
HOSTILE = st.one_of(st.text(SIGNS), st.text(), st.text(st.characters(categories=["Cs", "Cf", "Mn", "Cn"])))
FACTS = st.lists(st.builds(Fact, name=HOSTILE, value=HOSTILE), max_size=40).map(tuple)
ALERTS = st.builds(
    alert,
    HOSTILE,
    key=HOSTILE,
    kind=st.sampled_from(AlertKind),
    severity=st.sampled_from(Severity),
    at=st.one_of(st.just("2026-11-29T14:30:00Z"), HOSTILE),
    title=HOSTILE,
    text=HOSTILE,
    facts=FACTS,
    incident=HOSTILE,
    url=st.one_of(HOSTILE, st.just("https://x.example/a?b=1&c=(2)|<3>")),
)
LONG = alert(
    "i" * 5000,
    title="t&<" * 3000,
    text="<*&" * 9000,
    facts=tuple(Fact(name=f"&n{one}" * 200, value="`<v>" * 2000) for one in range(60)),
    incident="&" * 9000,
    url="https://x.example/" + "a" * 5000,
)


def texts(message):
    """Every string that Slack reads as mrkdwn."""
    found = [message["text"]]
    for block in message["blocks"]:
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        found += [one["text"] for one in parts if one and one["type"] == "mrkdwn"]
    return found


# ------------------------------------------------------------------ hostile


@given(ALERTS)
def test_slack_is_given_nothing_that_calls_or_links_but_our_own_link(told):
    for text in texts(slack_message(told)):
        ours = re.sub(r"<https?://[^|<>\s]+\|Read more>", "", text)
        assert "<" not in ours
        assert ">" not in ours
        assert not re.search(r"&(?!amp;|lt;|gt;)", ours)
        assert not re.search(r"@\w", ours)
        assert not re.search(r"://", ours)


@given(HOSTILE)
def test_slacks_header_calls_nobody(title):
    header = slack_message(alert(title=title))["blocks"][0]["text"]
    assert header["type"] == "plain_text"
    assert not re.search(r"<[!@#]|@\w", header["text"])


@given(HOSTILE)
def test_what_slack_shows_is_what_was_said(text):
    shown = plain(text, 400)
    read = slack(shown).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(JOINER, "")
    alike = str.maketrans({"∗": "*", "∼": "~", "ˋ": "`", "＿": "_"})
    assert read.translate(alike) == shown.replace(JOINER, "").translate(alike)


@given(ALERTS)
def test_discord_may_mention_nobody(told):
    message = discord_message(told)
    assert message["allowed_mentions"] == {"parse": []}
    assert not re.search(r"(?<!\\)<(?!https?://)", str(message["content"]))
    assert not re.search(r"@\w", message["content"])


@given(HOSTILE)
def test_what_discord_shows_is_what_was_said(text):
    shown = plain(text, 400)
    escaped = discord(shown)
    assert re.sub(r"\\([^0-9A-Za-z\s])", r"\1", escaped).replace(JOINER, "") == shown.replace(JOINER, "")
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_~`|<>\[\]#]", re.sub(r"\\[^\\]", "", escaped.replace("\\\\", "")))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.links = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]


@given(ALERTS)
def test_a_mails_html_holds_our_tags_alone(told):
    tags = Tags()
    tags.feed(mail(told).html)
    assert set(tags.seen) <= {
        "html",
        "head",
        "meta",
        "title",
        "body",
        "div",
        "h1",
        "p",
        "table",
        "tr",
        "th",
        "td",
        "a",
        "code",
        "br",
    }
    assert all(re.fullmatch(r"https?://[\x21-\x7e]+", one) for one in tags.links)


@given(ALERTS)
def test_a_line_is_one_line_and_short_text_calls_nobody(told):
    assert "\n" not in line(told)
    assert line(told).isprintable()
    title, body = lines(told)
    assert "\n" not in title
    assert not re.search(r"@\w|<[!@#]", title + body)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "javascript:alert(1)",
        "http://",
        "https://user:pw@x.example/",
        "data:text/html,x",
        "//x.example",
        "https://[x",
    ],
)
def test_what_is_no_web_address_is_not_linked(address):
    assert link(address) == ""


@given(HOSTILE)
def test_a_link_has_no_sign_that_ends_it(tail):
    assert re.fullmatch(r"(https://x\.example/[^\s<>|()\"`]*)?", link(f"https://x.example/{tail}"))


# ------------------------------------------------------------------ limits


@given(HOSTILE, st.integers(40, 200))
def test_what_is_cut_fits_and_says_so(text, cap):
    for escaped in (str, slack, discord, harmless):
        shown = fitted(text, cap, escaped)
        assert units(shown) <= cap
        assert shown == escaped(text) or re.search(r"… \([\d,]+ more characters\)$", shown)


def slack_is_content(message):
    """Slack's own library knows Slack's limits."""
    for block in message["blocks"]:
        Block.parse(block).validate_json()
    assert len(message["blocks"]) <= 50
    assert units(message["text"]) <= 4000
    for block in message["blocks"]:
        if block["type"] == "header":
            assert units(block["text"]["text"]) <= 150
        assert len(block.get("fields", [])) <= 10
        assert all(0 < units(one["text"]) <= 2000 for one in block.get("fields", []))
        assert len(block.get("elements", [])) <= 10
        if block["type"] == "section" and "text" in block:
            assert 0 < units(block["text"]["text"]) <= 3000


def discord_is_content(message):
    """https://discord.com/developers/docs/resources/message#embed-limits."""
    assert 0 < units(message["content"]) <= 2000
    (embed,) = message["embeds"]
    fields = embed.get("fields", [])
    assert units(embed.get("description", "x")) <= 4096
    assert len(fields) <= 25
    assert all(0 < units(one["name"]) <= 256 and 0 < units(one["value"]) <= 1024 for one in fields)
    assert units(embed["footer"]["text"]) <= 2048
    texts = [embed.get("description", ""), embed["footer"]["text"]]
    texts += [one[part] for one in fields for part in ("name", "value")]
    assert sum(units(one) for one in texts) <= 6000


@given(ALERTS)
def test_the_services_limits_are_kept(told):
    slack_is_content(slack_message(told))
    discord_is_content(discord_message(told))
    assert units(mail(told).subject) <= 160


def test_very_long_text_is_cut_and_every_message_says_so():
    slack_is_content(slack_message(LONG))
    discord_is_content(discord_message(LONG))
    for message in (slack_message(LONG), discord_message(LONG)):
        assert "more characters" in str(message)
        assert "more facts" in str(message)
    written = mail(LONG)
    assert "more characters" in written.subject
    assert "10 more facts" in written.text
    assert "10 more facts" in written.html
    assert units(line(LONG)) < 1000
    assert "more facts" in lines(LONG)[1]


# ------------------------------------------------------------------ words


@pytest.mark.parametrize(
    ("kind", "severity", "heading"),
    [
        (AlertKind.FIRING, Severity.WARNING, "🟠 Warning: T"),
        (AlertKind.FIRING, Severity.CRITICAL, "🔴 CRITICAL: T"),
        (AlertKind.ESCALATED, Severity.CRITICAL, "🔴 CRITICAL, nobody has answered: T"),
        (AlertKind.RECOVERED, Severity.INFO, "🟢 Recovered: T"),
        (AlertKind.TEST, Severity.INFO, "🔔 Test: T"),
        (AlertKind.NOTICE, Severity.INFO, "🔵 Notice: T"),
    ],
)
def test_the_first_line_says_how_bad_it_is(kind, severity, heading):
    assert view(alert(kind=kind, severity=severity, title="T")).heading == heading


@pytest.mark.parametrize("kind", AlertKind)
def test_every_message_says_what_when_and_under_which_id(kind):
    told = alert(kind=kind)
    written = mail(told)
    for message in (str(slack_message(told)), str(discord_message(told)), written.text, written.html, line(told)):
        for part in ("Regime change rate 22.4% of SPX", "roll v2 back", "2026-11-29 14:30:00 UTC", "m-1"):
            assert part in message
        assert "github.com/o/r/issues/7" in message
    for message in (str(slack_message(told)), str(discord_message(told)), written.text, written.html):
        assert "2026-11-29-1430-regime-change-rate" in message
        assert ("gate alert ack" in message) is (kind in (AlertKind.FIRING, AlertKind.ESCALATED))


def test_a_recovery_wakes_nobody():
    assert discord_message(alert(kind=AlertKind.RECOVERED))["flags"] == 1 << 12
    assert "flags" not in discord_message(alert())
    assert not mail(alert(kind=AlertKind.RECOVERED)).urgent


def test_a_key_that_a_shell_would_read_otherwise_is_not_offered_for_copying():
    assert view(alert(key="x; rm -rf /")).answer == view(alert(key="-rf")).answer == "gate alert list"
    assert view(alert(key="monitor:a/b:SPX")).answer == "gate alert ack monitor:a/b:SPX"


def test_times_are_utc():
    assert view(alert(at="2026-11-29T16:30:00+02:00")).at == "2026-11-29 14:30:00 UTC"
    assert view(alert(at="soon")).at == "soon"
