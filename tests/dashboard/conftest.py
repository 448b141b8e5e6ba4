import subprocess
import sys
from contextlib import contextmanager

import pytest

from tests.dashboard import past, served


@pytest.fixture
def folder(tmp_path):
    """What the live dashboard reads: a short past that ends now."""
    now = served.now()
    served.write(
        tmp_path,
        history=past.history(60, now=now),
        incidents=past.incidents(now),
        live=served.snapshot(past.live(now)),
    )
    return tmp_path


@pytest.fixture
def serving(folder):
    """Start the server: `with serving() as (url, process)`."""

    @contextmanager
    def start(port=0, *more):
        words = (sys.executable, "-m", "tests.dashboard.served", str(folder), str(port), *more)
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            try:
                yield process.stdout.readline().strip(), process
            finally:
                process.kill()

    return start
