"""Frames in and out."""

from __future__ import annotations

import json
import os
import struct
from typing import Any

MAX_ERROR = 300


class Wire:
    """Frames in and out, on private copies of the first two file descriptors."""

    def __init__(self) -> None:
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)

    def receive(self) -> dict[str, Any]:
        """Block for the next command; the gate closing its end ends this process.

        A command that brings bars is its name, a line feed and the bars; any other is JSON.
        """
        head = self._in.read(4)
        if len(head) < 4:
            os._exit(0)
        body = self._in.read(struct.unpack(">I", head)[0])
        if body[:1] != b"{":
            name, _, bars = body.partition(b"\n")
            return {"cmd": name.decode(), "bars": bars}
        message: dict[str, Any] = json.loads(body)
        return message

    def send(self, message: dict[str, Any]) -> None:
        """Write one frame whole."""
        body = json.dumps(message).encode()
        view = memoryview(struct.pack(">I", len(body)) + body)
        while view:
            view = view[os.write(self._out, view) :]


def told(error: BaseException) -> str:
    """One line of what the model raised."""
    try:
        said = str(error)[: 4 * MAX_ERROR]
    except BaseException:
        said = "(its message cannot be printed)"
    return " ".join(f"{type(error).__name__}: {said}".split())[:MAX_ERROR]
