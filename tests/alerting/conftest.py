import os

import pytest

from tests.alerting.servers import Services


@pytest.fixture
def services(tmp_path, socket_enabled, monkeypatch):
    """Slack, Discord and a mail server on loopback; this process's environment leads to them."""
    with Services(tmp_path / "services") as served:
        for name in [one for one in os.environ if one.lower() in ("all_proxy", "http_proxy", "curl_ca_bundle")]:
            monkeypatch.delenv(name)
        for name, value in served.environment.items():
            monkeypatch.setenv(name, value)
        yield served
