"""How fast alerts are, and what they look like on arrival: `python -m benchmarks.alerting`.

200 alerts through Slack, Discord and e-mail to servers on loopback (TLS with a checked certificate, a CONNECT proxy,
STARTTLS and AUTH; `tests/alerting/servers.py`), deduplication and log included. Needs the test extra.

`--show` writes each channel's message as received into docs/alerts-received/ and the mail as a phone shows it into
docs/pictures/ (Chromium, where there is one).
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gate.config import parse_operating
from gate.domain.alert import Alert, AlertKind, Fact, Sent, Severity
from gate.wiring.alerting import alarm
from tests.alerting.servers import DISCORD, HANG, OK, OTHER, SLACK, TOKEN, Services, busy

ALERTS = 200
TARGET = 2.0
DOCS = Path(__file__).parent.parent / "docs"
RECEIVED = DOCS / "alerts-received"
PHONE = "390,600"


def firing(number, **changes):
    said = {
        "id": f"20261129T143000Z-{number:08x}",
        "key": f"monitor:regime_change_rate:{number}",
        "kind": AlertKind.FIRING,
        "severity": Severity.CRITICAL,
        "at": "2026-11-29T14:30:00Z",
        "title": "Regime change rate 22.4% on BTC_USDT",
        "text": "Seen 22.4% over the last 500 bars, at most 15.0% is allowed (baseline 8.3%): roll v2 back, Level 2.",
        "facts": (
            Fact(name="regime change rate", value="22.4%"),
            Fact(name="limit", value="<= 15.0%"),
            Fact(name="baseline", value="8.3%"),
            Fact(name="version", value="v2.0.3 (9d8e7f6)"),
        ),
        "incident": "2026-11-29-1430-regime-change-rate",
        "url": "https://github.com/owner/models/issues/41",
    }
    return Alert(**{**said, **changes})


def percentile(seconds, share):
    return sorted(seconds)[min(len(seconds) - 1, int(share * len(seconds)))]


def row(name, seconds):
    p50, p99 = statistics.median(seconds), percentile(seconds, 0.99)
    print(f"{name:<28} {p50:>9.3f} {p99:>9.3f} {max(seconds):>9.3f}   {'ok' if p99 <= TARGET else 'MISSED'}")


def measured(services, folder):
    telling = alarm(parse_operating(services.toml, "gate.toml"), os.environ, folder)
    whole, each = [], {}
    for number in range(ALERTS):
        started = time.perf_counter()
        told = telling.tell(firing(number))
        whole.append(time.perf_counter() - started)
        for one in told:
            assert one.outcome is Sent.DELIVERED, one
            each.setdefault(one.channel, []).append(one.seconds)
    received = {
        "slack": len(services.at(SLACK)),
        "discord": len(services.at(DISCORD)),
        "email": len(services.mail.letters),
    }
    print(f"{ALERTS} alerts, each to three channels, one after the other; target: p99 <= {TARGET:g} s")
    print(f"{'':<28} {'p50 s':>9} {'p99 s':>9} {'most s':>9}")
    row("told, all three channels", whole)
    for name, seconds in each.items():
        row(f"  {name}", seconds)
    lost = {name: ALERTS - count for name, count in received.items()}
    print(f"received: {received}; missing or doubled: {'none' if not any(lost.values()) else lost}")


def one_hangs(services, folder):
    """What a webhook that never answers, and one that is busy, cost the others."""
    toml = "[alerts]\nwithin = 6\ntimeout = 2\n" + services.toml
    telling = alarm(parse_operating(toml, "gate.toml"), os.environ, folder)
    services.modes.set(SLACK, HANG)
    services.modes.set(DISCORD, busy("0.7"), OK)
    started = time.perf_counter()
    told = telling.tell(firing(0, id="hang", key="hang"))
    print(f"Slack never answers, Discord asks for 0.7 s, 6 s at most: {time.perf_counter() - started:.1f} s altogether")
    for one in told:
        print(
            f"  {one.channel:<8} {one.outcome.value:<10} after {one.seconds:5.2f} s, {one.tries} tries: {one.sentence}"
        )
    services.modes.set(SLACK, OK)


# ------------------------------------------------------------------ as received


def shown(services, folder, received):
    """From warning over escalation to recovery: every channel's messages, the same at every run."""
    now = datetime(2026, 11, 29, 14, 30, tzinfo=UTC)
    toml = services.toml + '[alerts.webhook]\nleast = "info"\n'
    made = alarm(parse_operating(toml, "gate.toml"), os.environ, folder)
    key = "monitor:regime_change_rate:BTC_USDT"
    replace(made, clock=lambda: now).tell(firing(1, key=key, severity=Severity.WARNING))
    replace(made, clock=lambda: now + timedelta(minutes=15)).remind()
    over = {"title": "Regime change rate 9.1% on BTC_USDT", "text": "Below 12.0% for 50 bars.", "facts": ()}
    at = {"at": "2026-11-29T15:10:00Z", "kind": AlertKind.RECOVERED}
    replace(made, clock=lambda: now + timedelta(minutes=40)).tell(firing(2, key=key, **over, **at))
    received.mkdir(exist_ok=True)
    for name, host in {"slack": SLACK, "discord": DISCORD, "webhook": OTHER}.items():
        written = "\n\n".join(request(one) for one in services.at(host))
        (received / f"{name}.txt").write_text(written + "\n")
    (received / "email.txt").write_text("\n\n".join(letter(one) for one in services.mail.letters) + "\n")


def request(one):
    path = one.path.replace(TOKEN, "(secret)")
    kept = {name: value for name, value in one.headers.items() if name in ("Host", "Content-Type", "User-Agent")}
    head = "\n".join(f"{name}: {value}" for name, value in kept.items())
    return f"POST {path}\n{head}\n\n{json.dumps(one.document, indent=2, ensure_ascii=False)}"


def letter(one):
    head = "\n".join(f"{name}: {value}" for name, value in one.message.items() if name != "Content-Type")
    return f"{head}\n\n--- text ---\n{one.part('plain')}\n--- html ---\n{one.part('html')}".rstrip()


def pictured(html):
    chromium = shutil.which("chromium")
    if chromium is None:
        print("no Chromium: no picture")
        return
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "mail.html"
        page.write_text(html)
        options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2")
        words = (f"--user-data-dir={folder}/profile", f"--window-size={PHONE}")
        out = DOCS / "pictures" / "alert_email.png"
        command = (chromium, *options, *words, f"--screenshot={out}", page.as_uri())
        subprocess.run(command, capture_output=True, timeout=60, check=True)
        print(out.relative_to(DOCS.parent))


def main():
    with tempfile.TemporaryDirectory() as folder, Services(Path(folder) / "services") as services:
        os.environ.update(services.environment)
        if "--show" in sys.argv:
            shown(services, Path(folder), RECEIVED)
            pictured(services.mail.letters[0].part("html"))
            print("\n".join(str(one.relative_to(DOCS.parent)) for one in sorted(RECEIVED.iterdir())))
            return
        measured(services, Path(folder))
        one_hangs(services, Path(folder))


if __name__ == "__main__":
    main()
