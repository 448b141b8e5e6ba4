"""Lock files: the part of them that decides what is installed to run a version."""

from typing import Any

Package = dict[str, Any]


def needed_of_uv_lock(lock: dict[str, Any]) -> list[Package]:
    """Return the packages that the project itself needs, without those for its development or its extras.

    The project's own version is left out: a release alone changes nothing that is installed.
    """
    packages: list[Package] = lock.get("package", [])
    named = {package["name"] for package in packages if _is_project(package)}
    reached, new = set[str](), named
    while new:
        reached |= new
        new = {name for package in packages if package["name"] in new for name in _needs(package)} - reached
    needed = [package for package in packages if package["name"] in reached and not _is_project(package)]
    return [*needed, *({"needs": package.get("dependencies", [])} for package in packages if _is_project(package))]


def _is_project(package: Package) -> bool:
    return "." in (package.get("source", {}).get("editable"), package.get("source", {}).get("virtual"))


def _needs(package: Package) -> list[str]:
    needs = list(package.get("dependencies", []))
    if not _is_project(package):
        needs += [need for extra in package.get("optional-dependencies", {}).values() for need in extra]
    return [need["name"] for need in needs]


def is_local(package: Package) -> bool:
    """Say whether a locked package is code on this disk."""
    return not {"editable", "directory", "path"}.isdisjoint(package.get("source", {}))


def pins_of_poetry_lock(lock: dict[str, Any]) -> tuple[str, ...]:
    """Return `name==version` of each package that is locked to one version, for uv to be held to."""
    packages: list[Package] = lock.get("package", [])
    names = [package["name"] for package in packages]
    once = [package for package in packages if names.count(package["name"]) == 1]
    return tuple(f"{package['name']}=={package['version']}" for package in once if _is_from_an_index(package))


def _is_from_an_index(package: Package) -> bool:
    return bool(package.get("source", {}).get("type", "legacy") == "legacy")
