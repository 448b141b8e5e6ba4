"""The command line that starts a task inside bubblewrap.

Root gives itself up before: bubblewrap then runs as for anybody else, and what it shows comes from where it was laid
for such a user (`stage.py`).
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from gate.adapters.runner.sandbox import limits, places
from gate.adapters.runner.sandbox.task import Task

NAME = "bwrap"
USER = 64_246
"""Whom root becomes: no account, and outside the range that systemd gives to services."""
_INSIDE = "1000"
"""As whom the code under test sees itself; etc/passwd knows that user."""
_HOME = "/tmp"  # noqa: S108 (a tmpfs of its own)
_SHARED = "/dev/shm"  # noqa: S108 (another)
_WAITS = ("/bin/sh", "-c", '"$@"; exit $?', "sh")
"""A first process that bubblewrap waits for; for its own one it does not, and the CPU of all would be lost."""
Lay = Callable[[str], str]
"""Where a place of this machine is found by the user who starts bubblewrap."""


def command(task: Task, bwrap: str, status: int, lay: Lay | None) -> list[str]:
    """The whole command. `status` is the descriptor on which bubblewrap names its processes; only root lays places."""
    before = [*limits.first_to_go(), *(given_up() if lay is not None else ())]
    first = ("--as-pid-1",) if task.counted else ()
    told = ("--json-status-fd", str(status))
    return [*before, bwrap, *shut(task, lay or str), *first, *told, "--", *limited(task), *task.command]


def limited(task: Task) -> list[str]:
    """Limits are set inside: processes count by themselves there, not with those of the user outside."""
    return [*(_WAITS if task.counted else ()), *limits.limited(task.containment.policy, own_user=True)]


def shut(task: Task, lay: Lay) -> list[str]:
    """Namespaces, files and environment of the sandbox."""
    shown = places.of(task)
    size = str(int(task.containment.policy.disk * limits.GIB))
    return [
        *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
        *("--die-with-parent", "--new-session", "--uid", _INSIDE, "--gid", _INSIDE, "--hostname", "sandbox"),
        *("--clearenv", *variables(task)),
        *("--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", _SHARED, "--remount-ro", "/dev"),
        *("--size", size, "--tmpfs", _HOME),
        *system(lay),
        *read_only(shown, lay),
        *(word for place in places.hidden(shown) for word in cover(place)),
        *("--remount-ro", "/", "--chdir", task.root),
    ]


def variables(task: Task) -> Iterator[str]:
    """Its environment."""
    own = {"HOME": _HOME, "TMPDIR": _HOME, "USER": "model", "LOGNAME": "model"}
    for name, value in {**task.environment, **own}.items():
        yield from ("--setenv", name, value)


def system(lay: Lay) -> Iterator[str]:
    """The machine's programs, and an /etc that knows one user."""
    yield from read_only(places.system(), str)
    for link, target in places.links():
        yield from ("--symlink", target, link)
    invented = lay(str(places.INVENTED))
    for name in ("passwd", "group", "hosts"):
        yield from ("--ro-bind", f"{invented}/{name}", f"/etc/{name}")


def read_only(names: Iterable[str], lay: Lay) -> Iterator[str]:
    """Each place under its own name."""
    for name in names:
        yield from ("--ro-bind", lay(name), name)


def cover(place: str) -> Sequence[str]:
    """Something that is there and cannot be read."""
    if Path(place).is_dir():
        return ("--perms", "0000", "--size", "4096", "--tmpfs", place, "--remount-ro", place)
    return ("--ro-bind", "/dev/null", place)


def given_up() -> list[str]:
    """Root no more: no user, group or capability of it is left, nor a way back."""
    setpriv = shutil.which("setpriv") or "setpriv"
    dropped = ("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
    return [setpriv, f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *dropped, "--"]
