"""The last stable tag is the highest release, as people count versions."""

import pytest

from gate.domain.tags import newest_release


@pytest.mark.parametrize(
    ("tags", "newest"),
    [
        (["v1.9.0", "v1.10.0", "v1.2"], "v1.10.0"),
        (["v2.0.0rc1", "v1.0.0", "v3.0.0.dev1", "2.0-beta"], "v1.0.0"),
        (["nightly", "v2.0.0rc1"], ""),
        (["nightly", "release-1.0", "hmm-v0.9"], "release-1.0"),
        ([], ""),
    ],
)
def test_the_newest_release_is_by_version_and_no_pre_release(tags, newest):
    assert newest_release(tags) == newest
