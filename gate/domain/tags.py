"""Which tag is the last stable one."""

import re
from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

STABLE = "@stable"
"""Written in a ref's place: the last stable tag in the history of HEAD."""
_AT_THE_END = re.compile(r"(?:^|[^0-9A-Za-z])v?(\d+(?:\.\d+)*\S*)$")


def releases(tags: Iterable[str]) -> list[str]:
    """The tags that name released versions, the highest first: v1.10 is above v1.9, and a release candidate is none."""
    versions = ((version_of(tag), tag) for tag in tags)
    return [tag for _, tag in sorted(((v, tag) for v, tag in versions if v is not None), reverse=True)]


def newest_release(tags: Iterable[str]) -> str:
    """Return the highest of them; "" where there is none."""
    return next(iter(releases(tags)), "")


def version_of(tag: str) -> Version | None:
    """Read the version off a tag: v1.2.3, release-1.2, hmm-v2.0; None where it is none, or a pre-release."""
    found = _AT_THE_END.search(tag)
    try:
        version = Version(found[1]) if found else None
    except InvalidVersion:
        return None
    return None if version is None or version.is_prerelease else version
