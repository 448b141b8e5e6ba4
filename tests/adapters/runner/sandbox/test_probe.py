"""Why there is no sandbox, told apart: each can be mended, and not in the same way."""

import sys

import pytest

from gate.adapters.runner.sandbox import probe
from gate.adapters.runner.sandbox.probe import Facts, lacking, why
from gate.domain.sandbox import Level

SAID = "bwrap: setting up uid map: Permission denied"
USERS_MAY_NOT = "apparmor_restrict_unprivileged_userns=0"


@pytest.mark.parametrize(
    ("known", "reason", "advice"),
    [
        (Facts(root=False, restricted=True, said=SAID), "AppArmor keeps users", USERS_MAY_NOT),
        (Facts(root=False, forbidden=True, said=SAID), "forbids user namespaces", "unprivileged_userns_clone=1"),
        (Facts(root=True, container=True, said=SAID), "this container may make no namespaces", "on the runner itself"),
        (Facts(root=True, said=SAID), SAID, "docs/sandbox.md"),
    ],
    ids=["apparmor", "sysctl", "container", "else"],
)
def test_each_reason_has_its_advice(known, reason, advice):
    found = why(known)
    assert found.level is Level.LIMITS
    assert reason in found.reason
    assert advice in found.advice


def test_without_the_program_it_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert lacking().reason == "bubblewrap is not installed"


def test_elsewhere_than_on_linux_it_is_said(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "this is macOS" in lacking().reason


def standing_in(monkeypatch, folder, script):
    """A bwrap that does something else."""
    (folder / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    folder.chmod(0o755)


def test_an_old_program_is_refused(monkeypatch, tmp_path):
    standing_in(monkeypatch, tmp_path, "echo bubblewrap 0.6.1")
    assert lacking().reason == "bubblewrap 0.6.1 is too old"


def test_a_program_that_fails_is_no_sandbox(monkeypatch, tmp_path):
    standing_in(monkeypatch, tmp_path, f"echo '{SAID}' >&2; exit 1")
    assert probe.trial() is not None
