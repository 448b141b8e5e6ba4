"""A pull request with a flickering model, and what `gate observe` said of it and of the mended one."""

import pytest

from tests.published import observed, scene


@pytest.fixture(scope="session")
def zips(tmp_path_factory):
    """Observed once, whichever worker comes first."""
    return observed(tmp_path_factory.getbasetemp().parent / "observed-for-publishing")


@pytest.fixture
def regressed(hub, zips):
    """The pull request as it was opened."""
    return scene(hub, zips)
