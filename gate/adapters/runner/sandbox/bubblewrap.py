"""The command line that starts a task inside bubblewrap.

A stranger's code is to run under a user who owns nothing, but only root can lay folders that root alone may enter
where such a user finds them. So for root there are two: an outer bubblewrap lays out the files, the user is given up,
and the inner one, which is the only one for anybody else, shuts the rest away.
"""

import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
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
_READABLE = stat.S_IROTH | stat.S_IXOTH


def command(task: Task, bwrap: str, status: int, *, root: bool) -> list[str]:
    """The whole command. `status` is the descriptor on which bubblewrap names its processes."""
    first = ("--as-pid-1",) if task.counted else ()
    inner = [bwrap, *shut(task), *first, "--json-status-fd", str(status), "--", *limited(task), *task.command]
    return [*limits.first_to_go(), *([bwrap, *laid_out(task), "--", *given_up(), *inner] if root else inner)]


def limited(task: Task) -> list[str]:
    """Limits are set inside: processes count by themselves there, not with those of the user outside."""
    return [*(_WAITS if task.counted else ()), *limits.limited(task.containment.policy, own_user=True)]


def shut(task: Task) -> list[str]:
    """Namespaces, files and environment of the sandbox."""
    shown = places.of(task)
    size = str(int(task.containment.policy.disk * limits.GIB))
    return [
        *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
        *("--die-with-parent", "--new-session", "--uid", _INSIDE, "--gid", _INSIDE, "--hostname", "sandbox"),
        *("--clearenv", *variables(task)),
        *("--proc", "/proc", "--dev", "/dev", "--size", size, "--tmpfs", _SHARED, "--remount-ro", "/dev"),
        *("--size", size, "--tmpfs", _HOME),
        *system(),
        *read_only(shown),
        *(word for place in places.hidden(shown) for word in cover(place)),
        *("--remount-ro", "/", "--chdir", task.root),
    ]


def variables(task: Task) -> Iterator[str]:
    """Its environment."""
    own = {"HOME": _HOME, "TMPDIR": _HOME, "USER": "model", "LOGNAME": "model"}
    for name, value in {**task.environment, **own}.items():
        yield from ("--setenv", name, value)


def system() -> Iterator[str]:
    """The machine's programs, and an /etc that knows one user."""
    yield from read_only(places.system())
    for link, target in places.links():
        yield from ("--symlink", target, link)
    for name in ("passwd", "group", "hosts"):
        yield from ("--ro-bind", str(places.INVENTED / name), f"/etc/{name}")


def read_only(names: Iterable[str]) -> Iterator[str]:
    """Each place where it lies on this machine."""
    for name in names:
        yield from ("--ro-bind", name, name)


def cover(place: str) -> Sequence[str]:
    """Something that is there and cannot be read."""
    if Path(place).is_dir():
        return ("--perms", "0000", "--size", "4096", "--tmpfs", place, "--remount-ro", place)
    return ("--ro-bind", "/dev/null", place)


# ------------------------------------------------------------------ what root does before


def laid_out(task: Task) -> list[str]:
    """The same places, so that a user finds them whom root's own folders let through nowhere."""
    needed = [*places.system(), *places.of(task), str(places.INVENTED)]
    return [
        *("--die-with-parent", "--bind", "/proc", "/proc", "--dev-bind", "/dev", "/dev"),
        *(word for folder in above(needed) for word in ("--perms", "0755", "--dir", folder)),
        *(word for link, target in places.links() for word in ("--symlink", target, link)),
        *(word for place in needed for word in opened(place)),
    ]


def above(needed: Iterable[str]) -> list[str]:
    """The folders that lead to these places, outer ones first; bubblewrap would make them for root alone."""
    return sorted({str(folder) for place in needed for folder in Path(place).parents} - {"/"})


def opened(place: str) -> Iterator[str]:
    """A place, or all that lies in it where it is closed to others (a temporary folder): then one by one."""
    if not Path(place).is_dir() or Path(place).stat().st_mode & _READABLE == _READABLE:
        yield from ("--ro-bind", place, place)
        return
    yield from ("--perms", "0755", "--dir", place)
    for entry in sorted(Path(place).iterdir()):
        if entry.is_symlink():
            yield from ("--symlink", str(entry.readlink()), str(entry))
        elif entry.is_dir() or entry.is_file():
            yield from ("--ro-bind", str(entry), str(entry))


def given_up() -> list[str]:
    """Root no more: no user, group or capability of it is left, nor a way back."""
    setpriv = shutil.which("setpriv") or "setpriv"
    dropped = ("--no-new-privs", "--inh-caps=-all", "--bounding-set=-all")
    return [setpriv, f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *dropped, "--"]
