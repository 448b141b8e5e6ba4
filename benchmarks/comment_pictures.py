"""The comment as a reader sees it: pass, block, inconclusive, gate error, through a renderer and headless Chromium.

python -m benchmarks.comment_pictures OUT        (Debian: apt-get install chromium)
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from markdown_it import MarkdownIt

from gate.domain.publication import Answer, Cause, Stamp
from gate.report import comment as words
from tests.report import records

STYLE = """
body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif, "Noto Color Emoji";
       color: #1f2328; margin: 16px; width: 900px }
h2 { border-bottom: 1px solid #d1d9e0; padding-bottom: .3em } table { border-collapse: collapse; margin: 8px 0 }
th, td { border: 1px solid #d1d9e0; padding: 5px 10px } code { background: #eff1f3; border-radius: 6px;
       padding: .2em .4em; font-size: 85% } pre { background: #f6f8fa; padding: 12px }
pre code { background: none; padding: 0 }
blockquote { border-left: .25em solid var(--c); margin: 0; padding: 0 1em } blockquote b { color: var(--c) }
summary { cursor: pointer; margin: 8px 0 }
"""
COLOURS = {"TIP": "#1a7f37", "CAUTION": "#d1242f", "WARNING": "#9a6700", "IMPORTANT": "#8250df", "NOTE": "#0969da"}
HEIGHTS = {"pass": 640, "block": 900, "inconclusive": 820, "gate_error": 440}
BOUND = words.Bound(
    head="9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e",
    base="1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9a0b",
    stamp=Stamp(run_id=1234567890, attempt=1),
    link="https://github.com/owner/models/actions/runs/1234567890",
    reproduce=records.REPRODUCE,
)


def page(markdown: str) -> str:
    """GitHub's look, near enough: its alert boxes, tables and folds; mermaid stays text."""
    markdown = re.sub(r"```mermaid\n.*?```", "*(drawn by GitHub from mermaid)*", markdown, flags=re.DOTALL)
    alert = re.search(r"\[!(\w+)\]", markdown)
    kind = alert[1] if alert else "NOTE"
    markdown = re.sub(r"> \[!(\w+)\]\n", lambda found: f"> <b>{found[1].title()}</b><br>\n", markdown)
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    return f"<!doctype html><meta charset=utf-8><style>{STYLE} :root {{ --c: {COLOURS[kind]} }}</style>{body}"


def comments() -> dict[str, str]:
    """One of each."""
    written = {}
    for name in ("pass", "block", "inconclusive"):
        record = records.RECORDS[name]
        judged = words.Judgement(record=record, metrics=records.METRICS, series=records.series(1))
        answer = Answer(verdict=record.verdict, cause=Cause.JUDGED, sentence=record.reason, advice="")
        written[name] = words.comment(answer, judged, BOUND)
    error = records.GATE_ERROR
    lost = Answer(
        verdict=error.verdict,
        cause=Cause.DAMAGED_ARTIFACT,
        sentence="The artifact is damaged: a key stands twice.",
        advice="Nothing of it was used. If the benchmark job is not tampered with, report this.",
    )
    return {**written, "gate_error": words.comment(lost, None, BOUND)}


def main(out: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("there is no chromium: apt-get install chromium")
    out.mkdir(parents=True, exist_ok=True)
    for name, markdown in comments().items():
        source = out / f"comment-{name}.html"
        source.write_text(page(markdown), encoding="utf-8")
        height = HEIGHTS[name]
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size=940,{height}")
        picture = out / f"comment-{name}.png"
        command = (chromium, *flags, f"--screenshot={picture}", source.resolve().as_uri())
        subprocess.run(command, check=True, capture_output=True)
        source.unlink()
        print(picture)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
