"""Processes that tell at once, that are killed, and that are asked to say everything: once, never lost, no secret."""

import base64
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.alerting.servers import DISCORD, DROP, HANG, OK, OTHER, PASSWORD, SLACK, TOKEN, URLS, USER, answer, busy

pytestmark = pytest.mark.enable_socket
SLACK_ALONE = "[alerts]\nwithin = 10\n[alerts.slack]\n"


def started(folder, *words):
    command = (sys.executable, "-m", "gate", "alert", *words)
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=folder, env={**os.environ}, stdout=pipe, stderr=pipe, text=True)


def send(name):
    return ("send", "--key", "k", "--id", name, "--title", "T", "--severity", "warning")


def test_of_many_that_tell_the_same_at_once_one_is_heard(services, tmp_path):
    (tmp_path / "gate.toml").write_text(SLACK_ALONE)
    running = [started(tmp_path, *send(f"m-{one}")) for one in range(4)]
    said = [one.communicate(timeout=60) for one in running]
    assert [one.returncode for one in running] == [0] * 4, said
    assert len(services.at(SLACK)) == 1
    log = (tmp_path / "reports" / "alerts" / "deliveries.jsonl").read_text()
    assert log.count('"outcome":"delivered"') == 1
    assert log.count('"outcome":"suppressed"') == 3


def test_what_was_killed_while_sending_is_sent_again_under_its_id(services, tmp_path):
    (tmp_path / "gate.toml").write_text(SLACK_ALONE)
    services.modes.set(SLACK, HANG)
    killed = started(tmp_path, *send("m-1"))
    until = time.monotonic() + 30
    while not services.received and time.monotonic() < until:
        time.sleep(0.01)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    services.modes.set(SLACK, OK)
    again = started(tmp_path, *send("m-1"))
    assert again.communicate(timeout=60)
    assert again.returncode == 0
    assert all("m-1" in one.body.decode() for one in services.at(SLACK))
    assert len(services.at(SLACK)) == 2


def test_a_channel_that_hangs_keeps_no_process_alive(services, tmp_path):
    (tmp_path / "gate.toml").write_text("[alerts]\nwithin = 3\ntimeout = 3\n[alerts.slack]\n")
    services.modes.set(SLACK, HANG)
    one = started(tmp_path, *send("m-1"))
    _, errors = one.communicate(timeout=60)
    assert one.returncode == 3
    assert "m-1" in errors  # nobody could be told: it is printed


def forms(secret):
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, encoded, encoded[:12]}


APPRISE = '[alerts.apprise]\nleast = "info"\n'


@pytest.mark.parametrize(("weather", "others", "told"), [("fair", "", 4), ("fair", APPRISE, 5), ("foul", APPRISE, 0)])
def test_no_secret_is_said_at_any_level_by_anything(weather, others, told, services, tmp_path, monkeypatch):
    monkeypatch.setenv("GATE_APPRISE_URLS", URLS[OTHER].replace("https:", "jsons:"))
    channels = services.toml + "[alerts.webhook]\n" + others
    (tmp_path / "gate.toml").write_text("[alerts]\nwithin = 4\ntimeout = 0.5\ntries = 2\n" + channels)
    if weather == "foul":
        echo = answer(404, f"no {URLS[SLACK]} {TOKEN}".encode())
        services.modes.set(SLACK, busy(0.1), echo)
        services.modes.set(DISCORD, DROP, HANG)
        services.modes.set(OTHER, answer(302, Location=URLS[OTHER]), HANG, DROP, echo)
        services.mail.modes.set("mail", answer(0, b"451 later"), answer(0, f"554 no {USER} {PASSWORD}".encode()))
    command = (sys.executable, "-X", "dev", "-m", "tests.alerting.loud", str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "heard" in done.stdout  # logging was on
    assert done.stdout.count("DELIVERED") == 2 * told + done.stdout.count("written to stderr"), done.stdout
    written = (tmp_path / "reports" / "alerts" / "deliveries.jsonl").read_text()
    state = (tmp_path / ".gate" / "alerts.sqlite").read_bytes().decode("latin-1")
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()  # as AUTH PLAIN has it
    for secret in (TOKEN, USER, PASSWORD, plain):
        for form in forms(secret):
            for where in (done.stdout, done.stderr, written, state):
                assert form not in where
