"""What docs/ shows as received is what is received."""

from pathlib import Path

import pytest

from benchmarks.alerting import RECEIVED, shown
from tests.alerting.servers import TOKEN


@pytest.mark.enable_socket
def test_the_messages_in_the_documentation_are_those_that_arrive(services, tmp_path):
    shown(services, tmp_path, tmp_path / "received")
    names = sorted(one.name for one in RECEIVED.iterdir())
    assert names == sorted(one.name for one in (tmp_path / "received").iterdir())
    for name in names:
        committed = (Path(RECEIVED) / name).read_text()
        assert committed == (tmp_path / "received" / name).read_text()
        assert TOKEN not in committed
