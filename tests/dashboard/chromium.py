"""Debian's Chromium, installed where it is missing: a test of the pages is never left out."""

import os
import shutil
import subprocess

import pytest

WAIT = ("-o", "DPkg::Lock::Timeout=300")
"""Seconds for another test process that installs it at the same time."""
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def found():
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ready():
    """Return its path; say why where it cannot be had."""
    if found() is None:
        sudo = () if os.geteuid() == 0 else ("sudo", "-n")
        for words in (("update", "-qq"), ("install", "-y", "-qq", "chromium")):
            subprocess.run((*sudo, "apt-get", *WAIT, *words), capture_output=True, check=False)
    path = found()
    if path is None:
        pytest.fail("chromium is not installed, and apt-get cannot install it", pytrace=False)
    return path
