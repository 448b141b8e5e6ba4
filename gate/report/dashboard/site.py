"""The site: file names and their bytes, made when asked for. Links are relative, nothing is from elsewhere."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING

from gate.domain.history import HistoryEntry
from gate.report.dashboard import palette, when
from gate.report.dashboard.badge import badge
from gate.report.dashboard.board import Board, board, current_verdict, expires
from gate.report.dashboard.details import verdict_of
from gate.report.dashboard.given import Given
from gate.report.dashboard.links import metric_page, verdict_page
from gate.report.dashboard.metric_pages import metric_of, metrics_shown
from gate.report.dashboard.public import Public, public, status_json
from gate.report.dashboard.states import State, sign, word
from gate.report.dashboard.trail import Trails
from gate.report.text import plain
from gate.report.view import title_of

if TYPE_CHECKING:
    from jinja2 import Environment

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
"""Content-Security-Policy of every page: no script, style, picture or connection but its own, none inline."""
GRACE, SILENCE = 20.0, 15.0
"""Seconds without connection until states are unknown; seconds without a beat until it counts as lost."""

INDEX, INCIDENTS, STATUS = "index.html", "incidents.html", "status/index.html"
PUBLIC = (STATUS, "status/status.json", "status/badge.svg", "status/style.css", "status/live.js", "status/icon.svg")
"""All that the public may be given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """What stands around a page's content."""

    page: str
    root: str
    title: str
    name: str
    home: str
    links: tuple[tuple[str, str, bool], ...]
    made: str
    made_machine: str
    expires: str
    expires_said: str
    foot: str
    live: bool
    grace: float = GRACE
    silence: float = SILENCE


Regions = Mapping[str, str]
"""The replaceable parts of a page, by name, as HTML."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Every file of one moment."""

    given: Given
    known: Trails | None = None
    """Of the same entries, where they have been drawn before."""
    live: bool = False
    """Served, and renewed as long as somebody looks."""
    grace: float = GRACE
    silence: float = SILENCE

    @property
    def names(self) -> tuple[str, ...]:
        """Every file; the first page comes last, so that it never links to what is not there yet."""
        return tuple(self._makers)

    @property
    def pages(self) -> tuple[str, ...]:
        """Those that are read by people."""
        return tuple(self._page_makers)

    def file(self, name: str) -> bytes:
        """One file's bytes. Raises KeyError for a name that is none of `names`."""
        return self._makers[name]().encode()

    def regions(self, page: str) -> Regions:
        """The parts of one page. Raises KeyError."""
        if page not in self._made:
            self._made[page] = self._page_makers[page]()
        return self._made[page]

    def marks(self, page: str) -> Mapping[str, str]:
        """A hash of every region of a page: what tells whether a reader has it."""
        return {name: _hash(html) for name, html in self.regions(page).items()}

    def revision(self, page: str) -> str:
        """One hash of them all: the same content has the same, also after a restart."""
        return _hash("\n".join(f"{name} {mark}" for name, mark in self.marks(page).items()))

    @property
    def made(self) -> datetime:
        """When."""
        return self.given.now

    @property
    def expires(self) -> datetime | None:
        """From when on nothing of it is known."""
        return expires(self.given, self._current, live=self.live)

    # ---- the parts, each made once

    @cached_property
    def _made(self) -> dict[str, Regions]:
        return {}

    @cached_property
    def _current(self) -> HistoryEntry | None:
        return current_verdict(self.given)

    @cached_property
    def _trails(self) -> Trails:
        return Trails(self.given.entries) if self.known is None else self.known

    @cached_property
    def _board(self) -> Board:
        return board(self.given, self._trails)

    @cached_property
    def _public(self) -> Public:
        return public(self.given, self._board.state, self.expires)

    @cached_property
    def _metrics(self) -> Mapping[str, str]:
        """The page of each metric."""
        return {metric_page(name): name for name in metrics_shown(self.given, self._trails)}

    @cached_property
    def _verdicts(self) -> Mapping[str, HistoryEntry]:
        """The page of each verdict."""
        return {verdict_page(one.uid): one for one in self.given.newest if one.verdict is not None}

    @cached_property
    def _page_makers(self) -> Mapping[str, Callable[[], Regions]]:
        def verdict(entry: HistoryEntry) -> Callable[[], Regions]:
            return lambda: {
                "content": render("verdict.html.j2", page=verdict_of(entry, self.given.metrics, self._metrics.values()))
            }

        def metric(name: str) -> Callable[[], Regions]:
            rows = self._board.rows + self._board.watched
            return lambda: {"content": render("metric.html.j2", page=metric_of(self.given, name, self._trails, rows))}

        return {
            **{page: verdict(entry) for page, entry in self._verdicts.items()},
            **{page: metric(name) for page, name in self._metrics.items()},
            INCIDENTS: lambda: {"content": render("incidents.html.j2", board=self._board)},
            STATUS: lambda: {"content": render("status.html.j2", page=self._public, sign=sign(self._public.state))},
            INDEX: self._index,
        }

    def _index(self) -> Regions:
        parts = ("head", "incidents_open", "metrics", "smalls", "regimes", "recent")
        return {part: render(f"{part}.html.j2", board=self._board) for part in parts}

    @cached_property
    def _makers(self) -> Mapping[str, Callable[[], str]]:
        def page(name: str) -> Callable[[], str]:
            return lambda: self._page(name)

        own = {"style.css": style, "live.js": script, "icon.svg": self._icon}
        return {
            **own,
            **{f"status/{name}": make for name, make in own.items() if name != "icon.svg"},
            "status/icon.svg": lambda: icon(self._public.state),
            "badge.svg": self._badge,
            "status/badge.svg": self._public_badge,
            "status/status.json": lambda: status_json(self._public).decode(),
            ".nojekyll": lambda: "",
            **{name: page(name) for name in self._page_makers},
        }

    def _page(self, name: str) -> str:
        from markupsafe import Markup  # noqa: PLC0415  with jinja2

        regions = {part: Markup(html) for part, html in self.regions(name).items()}  # noqa: S704  escaped when rendered
        return render(
            "layout.html.j2", frame=self._frame(name), regions=regions, policy=POLICY, revision=self.revision(name)
        )

    def _frame(self, name: str) -> Frame:
        is_public = name == STATUS
        root = "" if is_public else "../" * name.count("/")
        links = (
            ("Overview", f"{root}{INDEX}", name == INDEX),
            ("Incidents", f"{root}{INCIDENTS}", name == INCIDENTS),
            ("Public status", f"{root}{STATUS}", False),
        )
        who = self._public.service if is_public else self._board.title
        return Frame(
            page=name,
            root=root,
            title=self._title(name, who),
            name=who,
            home="" if is_public else f"{root}{INDEX}",
            links=() if is_public else links,
            made=when.to_the_second(self.made),
            made_machine=when.machine(self.made),
            expires=when.machine(self.expires),
            expires_said=when.said(self.expires),
            foot="Times are UTC." if is_public else "Made by gate. Times are UTC. What is missing or old is unknown.",
            live=self.live,
            grace=self.grace,
            silence=self.silence,
        )

    def _title(self, name: str, who: str) -> str:
        if name in self._metrics:
            return f"{title_of(self._metrics[name], self.given.metrics, 80)} · {who}"
        if name in self._verdicts:
            return f"{plain(self._verdicts[name].title, 80) or 'untitled'} · {who}"
        if name == STATUS:
            return f"{who}: {self._public.status}"
        return f"Incidents · {who}" if name == INCIDENTS else f"{self._board.headline} · {who}"

    def _icon(self) -> str:
        return icon(self._board.state)

    def _badge(self) -> str:
        state = self._board.state
        words = {State.GOOD: "limits hold", State.WARN: "limits hold, warnings"}
        return badge(plain(self._board.title, 30), words.get(state, word(state)), state, self.made)

    def _public_badge(self) -> str:
        return badge(plain(self._public.service, 30), self._public.status.value, self._public.state, self.made)


def render(name: str, **values: object) -> str:
    """Print a template: HTML, every value escaped."""
    return _environment().get_template(f"dashboard/{name}").render(**values).strip()


def style() -> str:
    """The style sheet, with the palette in it."""
    return render("style.css.j2", light=palette.variables(palette.LIGHT), dark=palette.variables(palette.DARK)) + "\n"


def script() -> str:
    """The script, as it stands."""
    loader = _environment().loader
    assert loader is not None  # noqa: S101  set below
    return loader.get_source(_environment(), "dashboard/live.js")[0]


def root_redirect() -> str:
    """A first page that leads to the status page, where that stands alone."""
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Status</title>'
        '<meta http-equiv="refresh" content="0;url=status/"><a href="status/">Status</a></html>\n'
    )


def icon(state: State) -> str:
    """A coloured dot for the tab."""
    colours = {State.GOOD: "#2e8b57", State.WARN: "#b87400", State.BAD: "#c8372d"}
    colour = colours.get(state, "#7a6f96")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7" fill="{colour}"/></svg>\n'
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415  40 ms

    return Environment(
        loader=PackageLoader("gate.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:16]
