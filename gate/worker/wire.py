"""Frames in and out."""

from __future__ import annotations

import json
import os
import socket
import struct
from typing import Any

MAX_ERROR = 300


class Wire:
    """Frames in and out, on private copies of the first two file descriptors."""

    def __init__(self, hand: int) -> None:
        self._hand = socket.socket(fileno=hand)
        """Where the pipes of forks come from."""
        self._in = os.fdopen(os.dup(0), "rb")
        self._out = os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.dup2(2, 1)

    def pipes(self) -> list[int]:
        """The ends of three pipes for the next fork: questions, answers, prints."""
        return list(socket.recv_fds(self._hand, 1, 3)[1])

    def move_to(self, questions: int, answers: int, prints: int) -> None:
        """In a fork: go on with other pipes, and let go of the parent's."""
        self._in.close()
        self._hand.close()
        os.dup2(answers, self._out)
        os.dup2(prints, 2)
        os.dup2(2, 1)
        os.close(answers)
        os.close(prints)
        self._in = os.fdopen(questions, "rb")

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
