"""Every request that reached the hub, in order."""

import threading
import time
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any


@dataclass(kw_only=True)
class Entry:
    method: str
    path: str
    """Without the base path, as it was sent."""
    query: dict[str, str] = field(default_factory=dict)
    token: str = ""
    """The token's name; empty for a request without one."""
    body: Any = None
    time: float = field(default_factory=time.time)
    status: int = 0
    """What was answered; 0 where the connection was cut."""
    changed: bool = False
    """Whether the hub's state may have changed: false for refusals and faults that came first."""

    @property
    def is_write(self) -> bool:
        if self.path.endswith("/graphql"):
            return "mutation" in str((self.body or {}).get("query", ""))
        return self.method not in ("GET", "HEAD") and not self.path.endswith("/git-upload-pack")

    def __str__(self) -> str:
        return f"{self.method} {self.path} [{self.token or 'nobody'}] {self.status}"


class Log:
    """What tests look at."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> Entry:
        with self._lock:
            self._entries.append(entry)
        return entry

    def requests(self, method: str = "*", path: str = "*", *, token: str = "*") -> list[Entry]:
        """Entries that fit the patterns (``*`` crosses slashes), in the order they came."""
        return [
            entry
            for entry in list(self._entries)
            if fnmatchcase(entry.method, method) and fnmatchcase(entry.path, path) and fnmatchcase(entry.token, token)
        ]

    def writes(self, path: str = "*", *, token: str = "*") -> list[Entry]:
        """Requests that ask for a change, pushes among them, whether or not they were granted."""
        return [entry for entry in self.requests(path=path, token=token) if entry.is_write]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
