"""The site's files: whole, linked, light, and nobody else's folder."""

import os
import re
import xml.dom.minidom
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import PurePosixPath

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as example
from hypothesis import strategies as st

from gate.adapters import site_folder
from gate.adapters.site_folder import MANIFEST, SiteOnDisk
from gate.domain.alert import Severity
from gate.domain.incident import Stage
from gate.domain.operating import DashboardSettings
from gate.errors import OutputError
from gate.report.dashboard import badge, metric_pages, rows, when
from gate.report.dashboard.clocks import cases
from gate.report.dashboard.links import metric_page, safe_url
from gate.report.dashboard.site import Site
from gate.report.dashboard.states import State
from gate.usecases.dashboard_cases import dues
from tests.dashboard import past

SITE = Site(given=past.given(60))


class Links(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found, self.ids = [], []

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            assert name != "style", "an inline style, which the policy forbids"
            assert not name.startswith("on"), "an inline script"
            if name in {"href", "src"}:
                self.found.append((tag, value))
            if name == "id":
                self.ids.append(value)


def links(name, site=SITE):
    parser = Links()
    parser.feed(site.file(name).decode())
    assert len(parser.ids) == len(set(parser.ids))
    return parser.found


@pytest.mark.parametrize("name", SITE.pages)
def test_every_link_is_relative_and_leads_to_a_file_of_the_site(name):
    for tag, link in links(name):
        if tag == "a" and link.startswith("https://github.com/"):
            continue
        target = link.partition("#")[0]
        path = os.path.normpath(PurePosixPath(name).parent / target) if target else name
        assert path in SITE.names, (name, link)


def test_a_metric_without_a_history_or_beyond_the_most_is_no_broken_link(monkeypatch):
    for place in (rows, metric_pages):
        monkeypatch.setattr(place, "METRICS", 4)
    new = msgspec.structs.replace(SITE.given.live.metrics[0], metric="brand_new")
    live = msgspec.structs.replace(SITE.given.live, metrics=(new,))
    site = Site(given=replace(SITE.given, live=live))
    for name in site.pages:
        for tag, link in links(name, site):
            target = os.path.normpath(PurePosixPath(name).parent / link.partition("#")[0])
            assert tag != "a" or link.startswith(("https://github.com/", "#")) or target in site.names, (name, link)


def test_no_file_names_another_host_except_in_links_of_the_history():
    for name in SITE.names:
        text = re.sub(r'<a href="https://github.com/[^"]*"', "", SITE.file(name).decode())
        assert set(re.findall(r"https?://[^\s\"'<]+", text)) <= {"http://www.w3.org/2000/svg"}, name


def test_each_verdict_among_the_newest_has_a_page_and_no_other():
    assert sum(name.startswith("verdicts/") for name in SITE.names) == 60
    site = Site(given=past.given(60, newest=10))
    assert sum(name.startswith("verdicts/") for name in site.names) == sum(
        entry.verdict is not None for entry in site.given.newest
    )


def test_the_same_values_make_the_same_bytes():
    again = Site(given=past.given(60))
    assert all(SITE.file(name) == again.file(name) for name in SITE.names)


def test_svg_files_are_well_formed():
    for name in ("badge.svg", "status/badge.svg", "icon.svg"):
        assert xml.dom.minidom.parseString(SITE.file(name)).documentElement.tagName == "svg"  # the gate's own bytes


@example(label=st.text(max_size=30), message=st.text(max_size=30))
def test_a_badge_is_escaped(label, message):
    printable = "".join(one for one in label + message if one.isprintable())
    written = badge.badge(printable, printable, State.GOOD, past.NOW)
    assert xml.dom.minidom.parseString(written.encode(errors="replace"))


def test_a_badge_says_its_day():
    assert "27 Nov" in SITE.file("badge.svg").decode()


# ------------------------------------------------------------------ addresses and times


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//evil", "ftp://x/y", "https:x", "http://a b", "JAVASCRIPT:x", ""],
)
def test_an_address_that_is_no_web_page_is_no_link(url):
    assert safe_url(url) == ""


def test_a_web_page_is_a_link():
    assert safe_url("https://github.com/a/b/pull/1") == "https://github.com/a/b/pull/1"


@example(name=st.text(max_size=80))
def test_the_page_of_a_metric_is_a_plain_name_within_its_folder(name):
    assert re.fullmatch(r"metrics/[0-9A-Za-z_]+\.html", metric_page(name))


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (59, "59 s"), (60, "1 min"), (7260, "2 h 1 min"), (90000, "1 d 1 h")]
)
def test_spans(seconds, said):
    assert when.span(seconds) == said


def test_a_time_without_a_zone_is_utc_and_nonsense_is_none():
    assert when.moment("2026-01-01T00:00:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert when.moment("2026-01-01T01:00:00+01:00") == datetime(2026, 1, 1, tzinfo=UTC)
    assert when.moment("soon") is None


def clocks_of(one):
    return cases((one,), {one.id: dues(one, past.NOW)}, past.NOW)[0].clocks


@pytest.mark.parametrize(
    ("minutes", "state", "said"),
    [(29, State.GOOD, "in time"), (30, State.BAD, "late by 0 s"), (45, State.BAD, "late by 15 min")],
)
def test_just_at_the_deadline_is_too_late_and_a_late_completion_stays_a_miss(minutes, state, said):
    opened = past.NOW - timedelta(hours=2)
    one = past.incident(opened, "x", Severity.WARNING, {Stage.DETECTED: 0, Stage.ROLLED_BACK: minutes})
    clock = clocks_of(one)[0]
    assert clock.state is state
    assert clock.said.endswith(said)


def test_what_is_not_done_has_an_absolute_time_and_says_what_remains_or_what_was_missed():
    opened = past.NOW - timedelta(minutes=40)
    clocks = clocks_of(past.incident(opened, "x", Severity.WARNING, {Stage.DETECTED: 0}))
    assert (clocks[0].due, clocks[0].said) == ("27 Nov 2026, 14:54 UTC", "overdue by 10 min")
    assert (clocks[1].due, clocks[1].said) == ("27 Nov 2026, 15:24 UTC", "20 min left")


# ------------------------------------------------------------------ the folder


def written(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}


def test_built_again_it_writes_what_changed_and_removes_what_is_gone(tmp_path):
    SiteOnDisk().write(tmp_path / "site", {"a.html": b"1", "v/b.html": b"2", "index.html": b"3"})
    before = (tmp_path / "site/index.html").stat().st_mtime_ns
    SiteOnDisk().write(tmp_path / "site", {"a.html": b"4", "index.html": b"3"})
    assert written(tmp_path / "site") == {"a.html", "index.html"}
    assert (tmp_path / "site/index.html").stat().st_mtime_ns == before


def test_a_folder_of_somebody_else_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="no dashboard wrote"):
        SiteOnDisk().write(tmp_path, {"index.html": b"x"})
    assert written(tmp_path) == {"thesis.txt"}


@pytest.mark.parametrize(
    "text", ["{", '{"files": ["../thesis.txt"]}', '{"files": [1]}', '{"files": ["/etc/passwd"]}', "{}"]
)
def test_a_forged_manifest_removes_nothing(tmp_path, text):
    folder, other = tmp_path / "site", tmp_path / "thesis.txt"
    folder.mkdir()
    other.write_text("mine")
    (folder / MANIFEST).write_text(text)
    with pytest.raises(OutputError):
        SiteOnDisk().write(folder, {"index.html": b"x"})
    assert other.read_text() == "mine"


@pytest.mark.parametrize("at", range(6))
def test_a_build_that_dies_anywhere_is_finished_by_the_next(tmp_path, monkeypatch, at):
    folder = tmp_path / "site"
    SiteOnDisk().write(folder, {"a.html": b"1", "gone.html": b"2", "index.html": b"3"})
    files = {"a.html": b"4", "b.html": b"5", "index.html": b"6"}
    real, calls = site_folder.whole, []

    def dying(path, content):
        calls.append(path)
        if len(calls) > at:
            raise KeyboardInterrupt
        real(path, content)

    monkeypatch.setattr(site_folder, "whole", dying)
    try:
        SiteOnDisk().write(folder, files)
    except KeyboardInterrupt:
        monkeypatch.setattr(site_folder, "whole", real)
        SiteOnDisk().write(folder, files)
    assert written(folder) == set(files)
    assert {name: (folder / name).read_bytes() for name in files} == files


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write into"):
        SiteOnDisk().write(tmp_path / "file" / "site", {"index.html": b"x"})


def test_no_page_is_heavier_than_500_kb_however_much_there_is():
    long = "long words & <signs> " * 40
    given = past.given(900)
    parts = given.newest[0].verdict.judgements[4].parts * 20

    def grown(entry):
        judgements = [
            msgspec.structs.replace(one, metric=f"{one.metric}{copy}", sentence=long, certainty=long, parts=parts)
            for one in entry.verdict.judgements
            for copy in range(10)
        ]
        record = msgspec.structs.replace(entry.verdict, judgements=tuple(judgements), reason=long)
        return msgspec.structs.replace(
            entry, verdict=record, title=long, ref=long, url=f"https://github.com/{'x' * 1900}"
        )

    entries = tuple(grown(entry) if entry.verdict else entry for entry in given.entries)
    steps = given.incidents[0].entries[0]
    cases = tuple(
        msgspec.structs.replace(
            given.incidents[place % 2],
            id=f"{place}",
            title=long,
            root_cause=long,
            entries=tuple(msgspec.structs.replace(steps, id=f"{step}", text=long, proof=long) for step in range(80)),
        )
        for place in range(60)
    )
    site = Site(given=past.having(replace(given, entries=entries, newest=entries[-2:]), cases))
    own = sum(len(site.file(name)) for name in ("style.css", "live.js", "icon.svg"))
    assert {name: len(site.file(name)) for name in site.pages if len(site.file(name)) + own > 500_000} == {}


def test_entries_without_a_readable_time_are_listed_and_not_drawn():
    entries = tuple(msgspec.structs.replace(entry, at="whenever") for entry in SITE.given.entries)
    page = Site(given=replace(SITE.given, entries=entries, newest=entries)).file("index.html").decode()
    assert "time unknown" in page


# ------------------------------------------------------------------ whatever strangers write

TAGS = frozenset(
    [
        "a",
        "article",
        "body",
        "caption",
        "circle",
        "code",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
        "html",
        "li",
        "link",
        "main",
        "meta",
        "nav",
        "noscript",
        "ol",
        "p",
        "path",
        "script",
        "section",
        "small",
        "span",
        "strong",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "ul",
    ]
)
anything = st.text(st.characters(exclude_categories=()), max_size=40) | st.sampled_from(
    [
        "<script>",
        "'\"><img src=x>",
        "{{ 7*7 }}",
        "</table>",
        "javascript:x",
        "\ud800",
        "\u202e",
        "]]>",
        "&lt;",
        "a\nb\r\n\r\nc",
    ]
)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.scripts, self.addresses = set(), [], []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        assert not [name for name, _ in attributes if name.startswith("on") or name in {"style", "srcdoc"}]
        self.addresses += [value for name, value in attributes if name == "href"]
        if tag == "script":
            self.scripts.append(dict(attributes))


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@example(data=st.data())
def test_the_pages_are_whole_whatever_strangers_write(data):
    def drawn():
        return data.draw(anything)

    replaced = msgspec.structs.replace
    entry = SITE.given.newest[-1]
    judgements = tuple(
        replaced(one, metric=drawn(), sentence=drawn(), certainty=drawn()) for one in entry.verdict.judgements[:3]
    )
    version = replaced(entry.verdict.candidate, ref=drawn(), sha=drawn())
    record = replaced(entry.verdict, reason=drawn(), judgements=judgements, candidate=version, not_measured=(drawn(),))
    entry = replaced(
        entry, uid=drawn(), at=drawn(), title=drawn(), sha=drawn(), source=drawn(), url=drawn(), verdict=record
    )
    case = SITE.given.incidents[-1]
    case = replaced(case, id=drawn(), title=drawn(), opened_at=drawn(), closed_at=drawn(), version=drawn())
    tail = replaced(SITE.given.live.tails[0], symbol=drawn(), state=(drawn(),) * 260)
    live = replaced(SITE.given.live, at=drawn(), version=drawn(), tails=(tail,), trouble=drawn())
    own = DashboardSettings(title=drawn(), service=drawn())
    given = replace(SITE.given, entries=(entry,), newest=(entry,), live=live, settings=own, troubles=(drawn(),))
    site = Site(given=past.having(given, (case,)))
    for name in site.names:
        text = site.file(name).decode()
        if name.endswith(".html"):
            parser = Tags()
            parser.feed(text)
            assert parser.tags <= TAGS
            assert [one["src"].rpartition("/")[2] for one in parser.scripts] == ["live.js"]
            assert all(not one.lower().startswith(("javascript:", "data:")) for one in parser.addresses)
        elif name.endswith(".svg"):
            xml.dom.minidom.parseString(text.encode())
