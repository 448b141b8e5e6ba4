"""The pages as a person has them: in Chromium, by keyboard, on a phone, in the dark, without JavaScript, cut off."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from gate.adapters.site_folder import SiteOnDisk
from gate.domain.alert import Fact
from gate.report.dashboard.site import Site
from tests.dashboard import chromium, past, served

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
HOSTILE = '"><script>window.pwned=1</script><img src=x onerror=window.pwned=2>\u202e'
PAGES = ("index.html", "incidents.html", "metrics/regime_change_rate.html", "status/index.html")

CONTRASTS = """() => {
  const parse = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, place) => sum + v * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (node) => {
    for (let one = node; one; one = one.parentElement) {
      const found = parse(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const low = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || !parent.checkVisibility() || parent.closest("script, style, noscript")) continue;
    const style = getComputedStyle(parent);
    const ink = parse(parent.namespaceURI.includes("svg") ? style.fill : style.color);
    const [a, b] = [luminance(ink), luminance(ground(parent))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    seen += 1;
    if (ratio < 4.5) low.push(`${node.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
  }
  return { seen, low };
}"""
REACHABLE = """() => [...document.querySelectorAll("a[href], button, input, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility()).length"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  window.order = window.order || [];
  const again = window.order.includes(one);
  window.order.push(one);
  return { tag: one.tagName, again, outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
           seen: box.width > 0 && box.height > 0 };
}"""


@pytest.fixture(scope="module")
def browser():
    path = chromium.ready()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A static site that was built just now."""
    folder = tmp_path_factory.mktemp("site")
    made = Site(given=past.given(120, now=served.now()))
    SiteOnDisk().write(folder, {name: made.file(name) for name in made.names})
    return folder


@pytest.fixture
def opened(browser):
    """Open a page, and see that it asked nobody else for anything and complained of nothing."""
    contexts, complaints, asked = [], [], []

    def look(url, **settings):
        context = browser.new_context(viewport=settings.pop("viewport", DESK), **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append((urlsplit(url).netloc, request.url)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(url)
        return page

    yield look
    for context in contexts:
        context.close()
    strangers = [address for home, address in asked if urlsplit(address).netloc != home]
    assert not strangers
    cut = ("net::ERR_INCOMPLETE_CHUNKED_ENCODING", "net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_RESET")
    assert [one for one in complaints if not one.endswith(cut)] == []  # a dead server is the browser's to tell


def address(site, page):
    return (site / page).as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_in_both_schemes(opened, site, scheme):
    for name in PAGES:
        page = opened(address(site, name), color_scheme=scheme)
        found = page.evaluate(CONTRASTS)
        assert found["seen"] > 10
        assert found["low"] == []


def test_no_page_is_wider_than_a_phone(opened, site):
    verdict = next((site / "verdicts").iterdir()).relative_to(site)
    for name in (*PAGES, str(verdict)):
        page = opened(address(site, name), viewport=PHONE, has_touch=True, is_mobile=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name


def test_the_keyboard_reaches_everything_and_the_focus_is_seen(opened, site):
    page = opened(address(site, "index.html"))
    count = page.evaluate(REACHABLE)
    seen = []
    for _ in range(count):
        page.keyboard.press("Tab")
        seen.append(page.evaluate(FOCUSED))
    assert not any(one["again"] for one in seen)
    assert all(one["outline"] and one["seen"] for one in seen)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === document.body || window.order.includes(document.activeElement)")


def test_the_skip_link_leads_to_the_content(opened, site):
    page = opened(address(site, "index.html"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_landmarks_headings_and_tables_are_there_for_a_screen_reader(opened, site):
    page = opened(address(site, "index.html"))
    for role in ("banner", "navigation", "main", "contentinfo"):
        assert page.get_by_role(role).count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    table = page.get_by_role("table", name="Each metric now")
    assert table.get_by_role("columnheader", name="Limit").count() == 1
    assert table.get_by_role("rowheader", name="Regime change rate").count() == 1
    assert page.get_by_role("img", name="Regime change rate over").count() == 1


def test_on_a_phone_the_table_is_still_a_table(opened, site):
    page = opened(address(site, "index.html"), viewport=PHONE)
    table = page.get_by_role("table", name="Each metric now")
    assert table.get_by_role("row").count() > 10


def test_without_javascript_states_and_deadlines_are_there(opened, site):
    page = opened(address(site, "index.html"), java_script_enabled=False)
    assert page.locator(".metrics .mark").first.inner_text().endswith("within limit")
    assert "left" in page.locator(".case .tone").last.inner_text()
    assert re.search(r"\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC", page.locator(".clocks td").first.inner_text())


def test_a_page_that_nobody_renewed_says_so_and_knows_nothing(opened, site):
    page = opened("about:blank")
    page.clock.set_fixed_time(served.now() + timedelta(days=365))
    page.goto(address(site, "index.html"))
    page.wait_for_selector("#connection:not([hidden])")
    assert page.locator("#connection").inner_text().startswith("Out of date — data as of")
    assert set(page.locator(".metrics .mark .word").all_inner_texts()) == {"unknown"}
    assert page.locator("h1").inner_text() == "unknown"
    assert set(page.locator("[data-due]").all_inner_texts()) == {"unknown"}
    assert "PASS" in page.locator(".lines .mark .word").all_inner_texts()  # what was, was
    page.goto(address(site, "status/index.html"))
    page.wait_for_selector("#connection:not([hidden])")
    assert "unknown" in page.locator("h1").inner_text()
    assert page.locator(".state-why").is_hidden()
    assert page.title() == "Unknown: out of date"


def test_hostile_names_and_reasons_are_only_read(opened, tmp_path):
    made = hostile_site()
    SiteOnDisk().write(tmp_path, {name: made.file(name) for name in made.names})
    verdict = next((tmp_path / "verdicts").iterdir()).relative_to(tmp_path)
    for name in (*PAGES[:2], str(verdict)):
        page = opened(address(tmp_path, name))
        assert page.evaluate("window.pwned") is None
        assert "<script>window.pwned=1</script>" in page.locator("main").inner_text()
        assert page.locator("main script, main img, a[href^='javascript']").count() == 0


def hostile_site():
    given = past.given(30, now=served.now())
    replaced = msgspec.structs.replace  # of the structs; `replace` is of the dataclass

    def bad(entry):
        judgements = entry.verdict.judgements
        worse = tuple(replaced(one, sentence=HOSTILE, certainty=HOSTILE) for one in judgements)
        named = (*worse, replaced(worse[0], metric=HOSTILE))
        record = replaced(entry.verdict, reason=HOSTILE, judgements=named)
        changed = {
            "title": HOSTILE,
            "ref": HOSTILE,
            "source": HOSTILE,
            "sha": HOSTILE,
            "url": "javascript:window.pwned=3",
        }
        return replaced(entry, verdict=record, **changed)

    entries = tuple(bad(entry) if entry.verdict else replaced(entry, title=HOSTILE) for entry in given.entries)
    cases = tuple(
        replaced(one, title=HOSTILE, root_cause=HOSTILE, version=HOSTILE, facts=(Fact(name=HOSTILE, value=HOSTILE),))
        for one in given.incidents
    )
    tails = tuple(replaced(tail, symbol=HOSTILE, state=(HOSTILE,) * len(tail.state)) for tail in given.live.tails)
    live = replaced(given.live, tails=tails, trouble=HOSTILE)
    return Site(given=past.having(replace(given, entries=entries, newest=entries, live=live), cases))


# ------------------------------------------------------------------ live


def test_what_changes_is_pushed_into_the_open_page(opened, serving, folder):
    with serving() as (url, _):
        page = opened(url)
        page.evaluate("window.mine = true")
        assert page.locator("#connection").is_hidden()
        now = served.now()
        served.write(folder, live=served.snapshot(past.live(now, breached=True)))
        page.wait_for_selector(".hero[data-state=bad] >> text=Regime change rate")
        page.get_by_role("link", name="Overview").focus()
        served.write(folder, history=(*past.history(60, now=now), told_now(now)))
        page.wait_for_selector("text=Told a moment ago")
        assert page.evaluate("window.mine") is True  # never loaded again


def told_now(now):
    last = past.history(60, now=now)[-1]
    return msgspec.structs.replace(last, uid="new", at=past.iso(now), title="Told a moment ago")


def test_a_server_that_dies_leaves_nothing_green_and_one_that_returns_goes_on(opened, serving, folder):
    with serving() as (url, process):
        page = opened(url)
        page.wait_for_selector(".metrics .mark[data-state=good]")
        page.evaluate("window.mine = true")
        process.kill()
        process.wait()
        page.wait_for_selector("#connection:not([hidden])")
        said = page.locator("#connection").inner_text()
        assert re.fullmatch(r"Connection lost — data as of \d\d:\d\d:\d\d UTC", said)
        page.wait_for_selector("body.stale")
        assert page.locator(".metrics .mark[data-state=good], .hero[data-state=good]").count() == 0
    now = served.now()
    served.write(folder, history=(*past.history(60, now=now), told_now(now)), live=served.snapshot(past.live(now)))
    with serving(urlsplit(url).port):
        page.wait_for_selector("#connection[hidden]", state="attached", timeout=15_000)
        page.wait_for_selector("text=Told a moment ago")
        assert page.locator(".metrics .mark[data-state=good]").count() > 5
        assert page.evaluate("window.mine") is True


def test_a_monitor_that_falls_silent_turns_what_it_watches_unknown(opened, serving, folder):
    with serving() as (url, _):
        page = opened(url)
        page.wait_for_selector(".metrics .mark[data-state=good]")
        stuck = json.loads((folder / "monitor.json").read_text())
        stuck["at"] = "2026-01-01T00:00:00Z"
        served.write(folder, live=stuck)
        row = page.get_by_role("row", name="Regime change rate").first
        row.locator(".mark[data-state=unknown]").wait_for()
        assert row.locator(".mark[data-state=good]").count() == 0
