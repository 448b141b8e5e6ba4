"""bubblewrap, installed where it is missing: a test of the sandbox is never left out."""

import os
import shutil
import subprocess

import pytest

from gate.adapters.runner.sandbox import LocalSandbox
from gate.domain.sandbox import Level

WAIT = ("-o", "DPkg::Lock::Timeout=300")
"""Seconds for another test process that installs it at the same time."""


def ready():
    """Say why where it cannot be had."""
    if shutil.which("bwrap") is None:
        sudo = () if os.geteuid() == 0 else ("sudo", "-n")
        for words in (("update", "-qq"), ("install", "-y", "-qq", "bubblewrap")):
            subprocess.run((*sudo, "apt-get", *WAIT, *words), capture_output=True, check=False)
    if shutil.which("bwrap") is None:
        pytest.fail("bubblewrap is not installed, and apt-get cannot install it", pytrace=False)
    found = LocalSandbox().available()
    if found.level is not Level.SANDBOX:
        pytest.fail(f"there is no sandbox here: {found.reason}. {found.advice}", pytrace=False)
