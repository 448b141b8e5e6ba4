"""Real files in tmp_path, read through the port."""

from pathlib import Path

import pytest

from gate.adapters.market_data import MarketDataFiles
from gate.domain.settings import DataSettings


@pytest.fixture
def load(tmp_path):
    """Load sources relative to tmp_path."""

    def _load(*sources, **period):
        return MarketDataFiles().load(DataSettings(sources=sources, **period), tmp_path)

    return _load


@pytest.fixture
def write(tmp_path):
    """Write a text file into tmp_path."""

    def _write(name, text) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return _write
