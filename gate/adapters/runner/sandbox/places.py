"""Which places of this machine code under test needs to see. Everything else is not there in a sandbox."""

import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from urllib.parse import unquote, urlsplit

from gate.adapters.runner.sandbox.task import Task

SYSTEM = ("/usr", "/nix/store", "/sys/devices/system/cpu")
"""Programs and libraries; numerical libraries ask how many cores there are."""
LINKED = ("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
"""Links into /usr on most machines, folders on some."""
CONFIGURATION = ("alternatives", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "timezone")
"""Of /etc; Debian finds libblas through alternatives."""
INVENTED = Path(__file__).parent / "etc"
"""passwd, group, hosts: one user, no network."""
SECRETS = (".git", ".ssh", ".aws", ".config", ".docker", ".gnupg", ".kube", ".netrc")
"""Hidden where they lie in a folder that is shown: actions/checkout leaves its token in .git/config."""


def system() -> Iterator[str]:
    """What any program needs."""
    yield from (place for place in (*SYSTEM, *LINKED) if Path(place).is_dir() and not Path(place).is_symlink())
    yield from (f"/etc/{name}" for name in CONFIGURATION if Path("/etc", name).exists())


def links() -> Iterator[tuple[str, str]]:
    """Places that are links, and to where."""
    yield from ((place, str(Path(place).readlink())) for place in LINKED if Path(place).is_symlink())


def of(task: Task) -> list[str]:
    """What this task needs, outer folders before those inside them."""
    libraries = task.environment.get("LD_LIBRARY_PATH", "").split(":")
    packages = (*interpreter(task.python), *(editable() if is_ours(task.python) else ()))
    named = (task.root, *packages, *task.readable, *filter(os.path.isabs, libraries))
    return sorted({place for place in named if Path(place).exists() and place != "/"})


def interpreter(python: str) -> Iterator[str]:
    """The folders of an interpreter: its virtual environment's, and those that it was made from.

    Nothing is run for it, and no .pth file in it is followed: an environment that strangers' code was installed into
    would choose what becomes readable.
    """
    step = Path(os.path.normpath(Path(python).absolute()))
    for _ in range(40):  # a link more is a circle
        yield str(step.parent.parent)
        yield from bases(step.parent.parent / "pyvenv.cfg")
        if not step.is_symlink():
            return
        step = Path(os.path.normpath(step.parent / step.readlink()))


def bases(configuration: Path) -> Iterator[str]:
    """Where a virtual environment says that its Python lies."""
    try:
        lines = configuration.read_text(errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "home":
            yield str(Path(value.strip()).parent)
            yield str(Path(value.strip()).resolve().parent)


def is_ours(python: str) -> bool:
    """The environment that runs the gate itself: whoever could write to it could do anything already."""
    return str(Path(python).absolute().parent.parent) == sys.prefix


@cache
def editable() -> tuple[str, ...]:
    """Projects that are installed here as they lie (PEP 610, `dir_info`)."""
    found = (said.read_text("direct_url.json") for said in distributions())
    return tuple(place for place in map(where_it_lies, filter(None, found)) if place)


def where_it_lies(said: str) -> str:
    """The folder of one direct_url.json; "" where it was copied."""
    try:
        told = json.loads(said)
        url = urlsplit(told["url"]) if told.get("dir_info", {}).get("editable") else None
    except (ValueError, KeyError, AttributeError):
        return ""
    return unquote(url.path) if url is not None and url.scheme == "file" else ""


def hidden(shown: Iterable[str]) -> Iterator[str]:
    """What is covered in the folders that are shown."""
    found = (Path(place, name) for place in shown for name in SECRETS)
    yield from (str(place) for place in found if place.exists() and not place.is_symlink())  # links lead nowhere there
