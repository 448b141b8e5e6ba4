"""Which tag is the last stable one."""

from collections.abc import Iterable

from packaging.version import InvalidVersion, Version

STABLE = "@stable"
"""Written in a ref's place: the last stable tag in the history of HEAD."""


def newest_release(tags: Iterable[str]) -> str:
    """Return the highest version among the tags, v1.10 over v1.9; pre-releases are none. "" where there is none."""
    versions: dict[Version, str] = {}
    for tag in tags:
        try:
            version = Version(tag)
        except InvalidVersion:
            continue
        if not version.is_prerelease:
            versions[version] = tag
    return versions[max(versions)] if versions else ""
