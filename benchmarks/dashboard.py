"""What the dashboard costs: `python -m benchmarks.dashboard`; its pictures: `--pictures docs/pictures`.

Builds the site of 10,000 verdicts as `gate dashboard build` does, and opens its pages in headless Chromium. Needs the
test extra and Chromium (Debian: apt-get install chromium).
"""

import argparse
import functools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

from gate.adapters.site_folder import SiteOnDisk
from gate.domain.operating import HistorySettings
from gate.report.dashboard.site import INDEX, Site
from gate.wiring.history import ledger_at
from tests.dashboard import chromium, past

VERDICTS = 10_000
TURNS = 5
TARGETS = {"build": 5.0, "weight": 500.0, "readable": 1.0}
SHOTS = (
    ("dashboard-light", "index.html", {"color_scheme": "light", "viewport": {"width": 1280, "height": 1400}}),
    ("dashboard-dark", "index.html", {"color_scheme": "dark", "viewport": {"width": 1280, "height": 1400}}),
    ("dashboard-phone", "index.html", {"color_scheme": "light", "viewport": {"width": 390, "height": 1300}}),
    ("dashboard-history", "index.html#history", {"color_scheme": "light", "viewport": {"width": 1280, "height": 1080}}),
    ("dashboard-metric", "metrics/regime_change_rate.html", {"viewport": {"width": 1280, "height": 700}}),
    ("status-light", "status/index.html", {"color_scheme": "light", "viewport": {"width": 900, "height": 640}}),
    ("status-dark", "status/index.html", {"color_scheme": "dark", "viewport": {"width": 900, "height": 640}}),
    ("status-phone", "status/index.html", {"color_scheme": "light", "viewport": {"width": 390, "height": 844}}),
)
PAINT = "(performance.getEntriesByName('first-contentful-paint')[0] || {}).startTime || 0"
COLOURS = 128
"""Of a picture: enough for flat areas, and a third of the bytes."""


def build(folder, given):
    """The site, from values to files on disk."""
    started = time.perf_counter()
    site = Site(given=given)
    files = {name: site.file(name) for name in site.names}
    SiteOnDisk().write(folder, files)
    return time.perf_counter() - started, files


def command(folder, entries):
    """`gate dashboard build` itself, out of SQLite: seconds of the whole process."""
    (folder / "gate.toml").write_text("")
    ledger_at(HistorySettings(), folder).append(entries)
    words = (sys.executable, "-m", "gate", "dashboard", "build", "--output", "site")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    started = time.perf_counter()
    subprocess.run(words, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def weight(files, page):
    """What a browser loads for one page: the page, the style sheet, the script, the icon; in kB, uncompressed."""
    return sum(len(files[name]) for name in (page, "style.css", "live.js", "icon.svg")) / 1000


def browser_of(playwright):
    path = chromium.found()
    if path is None:
        sys.exit("there is no chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=path, args=list(chromium.FLAGS))


def readable(browser, url):
    """Seconds from asking until the first content is painted, and until everything is loaded."""
    painted, loaded = [], []
    for _ in range(TURNS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(url)
        while not (paint := page.evaluate(PAINT)):  # the policy forbids wait_for_function, which evaluates a string
            page.wait_for_timeout(20)
        painted.append(paint / 1000)
        loaded.append(page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
        context.close()
    return statistics.median(painted), max(loaded)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def figures():
    given = past.given(VERDICTS)
    with tempfile.TemporaryDirectory(prefix="dashboard-") as place:
        seconds, files = build(Path(place) / "site", given)
        again, _ = build(Path(place) / "site", given)
        whole = command(Path(place), past.history(VERDICTS))
        pages = [name for name in files if name.endswith(".html")]
        heaviest = max(pages, key=lambda name: weight(files, name))
        server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(Path(place) / "site")))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            browser = browser_of(playwright)
            home = f"http://127.0.0.1:{server.server_port}"
            shown = {page: readable(browser, f"{home}/{page}") for page in (INDEX, heaviest)}
            browser.close()
        server.shutdown()
        server.server_close()
    worst = max(loaded for _, loaded in shown.values())
    rows = (
        (
            f"build of {VERDICTS:,} verdicts, {len(files)} files",
            f"{seconds:.2f} s",
            seconds <= TARGETS["build"],
            "<= 5 s",
        ),
        ("  the command, out of SQLite", f"{whole:.2f} s", whole <= TARGETS["build"], "<= 5 s"),
        ("  the same again, nothing changed", f"{again:.2f} s", again <= TARGETS["build"], "<= 5 s"),
        *(
            (
                f"page weight, {page}",
                f"{weight(files, page):.0f} kB",
                weight(files, page) <= TARGETS["weight"],
                "<= 500 kB",
            )
            for page in dict.fromkeys((INDEX, heaviest))
        ),
        *(
            (
                f"first content painted, {page} (median of {TURNS})",
                f"{paint:.2f} s",
                paint <= TARGETS["readable"],
                "<= 1 s",
            )
            for page, (paint, _) in shown.items()
        ),
        (f"all loaded, slowest of {TURNS * len(shown)}", f"{worst:.2f} s", worst <= TARGETS["readable"], "<= 1 s"),
    )
    for name, value, good, target in rows:
        print(f"{name:<62} {value:>9}   {target:<9} {'ok' if good else 'MISSED'}")
    return all(good for _, _, good, _ in rows)


def pictures(out):
    """Dashboard and status page, light, dark and on a phone, out of a history that could have been."""
    from PIL import Image  # noqa: PLC0415  with matplotlib

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="dashboard-") as place, sync_playwright() as playwright:
        build(Path(place) / "site", past.given(240))
        browser = browser_of(playwright)
        for name, page, settings in SHOTS:
            context = browser.new_context(device_scale_factor=1, **settings)
            opened = context.new_page()
            opened.clock.set_fixed_time(past.NOW)
            name_of, _, anchor = page.partition("#")
            opened.goto(f"{(Path(place) / 'site' / name_of).as_uri()}#{anchor}")
            picture = out / f"{name}.png"
            opened.screenshot(path=picture)
            Image.open(picture).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)
            print(f"{picture} {picture.stat().st_size / 1000:.0f} kB")
            context.close()
        browser.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, metavar="OUT")
    asked = parser.parse_args()
    if asked.pictures:
        pictures(asked.pictures)
    else:
        sys.exit(0 if figures() else 1)
