"""Frames to and from a process that runs a model: each question has a time limit, and each death is told in words."""

import contextlib
import json
import os
import select
import signal
import struct
import time
from abc import ABC, abstractmethod
from collections import deque
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from gate.adapters.runner.words import words

MAX_FRAME = 16 * 1024 * 1024
"""No honest answer is larger: a window's labels are kilobytes."""
_HEAD = 4
"""Bytes that tell how long the body is."""
_CHUNK = 1 << 16
_STDERR_KEPT = 8192
_LAST_WORDS = 64
"""Reads of stderr after a death: a child that goes on writing is not listened to for ever."""
_SLICE = 0.25
"""Seconds between two looks whether a silent worker is dead while a child holds its pipe open."""
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder()


class DiedError(Exception):
    """The process ended, or stopped making sense, in the middle of a question."""


class OverdueError(TimeoutError):
    """No answer in time; the process has been killed."""


class Channel(ABC):
    """A worker behind three pipes. A context: the worker is gone when it closes.

    Every question raises DiedError or OverdueError; the worker is then gone.
    """

    def __init__(self, questions: IO[bytes], answers: IO[bytes], prints: IO[bytes]) -> None:
        self._in, self._out, self._err = questions, answers, prints
        self._received = bytearray()
        self._heard = False
        self._stderr: deque[bytes] = deque(maxlen=_STDERR_KEPT // 256)
        self._poll = select.poll()
        for stream in (self._in, self._out, self._err):
            os.set_blocking(stream.fileno(), False)
        for stream in (self._out, self._err):
            self._poll.register(stream, select.POLLIN)

    def __enter__(self) -> Self:
        """Return itself; the process is gone when the context closes."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill whatever is left."""
        self.kill()

    @property
    @abstractmethod
    def pid(self) -> int:
        """Its id as it is seen from here."""

    @property
    @abstractmethod
    def gone(self) -> bool:
        """It was killed, or died and was buried: there is nobody to ask."""

    @abstractmethod
    def kill(self) -> None:
        """End the process and what it started. Can be called again."""

    @abstractmethod
    def strike(self) -> None:
        """From another thread: kill the process, and leave it to its owner to notice and to clean up."""

    @abstractmethod
    def _is_over(self) -> bool:
        """The process has ended, whoever holds its pipe."""

    @abstractmethod
    def _code(self) -> int | None:
        """How the process ended, after waiting for it a little; None where it goes on."""

    def ask(self, command: str, timeout: float, bars: bytes | None = None, **fields: Any) -> dict[str, Any]:
        """Send a command, with fields or with bars, and return the answer."""
        self._send(_encoder.encode({"cmd": command, **fields}) if bars is None else with_bars(command, bars), timeout)
        return self.answer(timeout)

    def show(self, bar: bytes, timeout: float) -> bytes:
        """Send the newest bar and return the answer as it came: reading it can wait, the next bar cannot."""
        self._send(with_bars("live", bar), timeout)
        return self._frame(timeout)

    def tell(self, command: str, timeout: float) -> None:
        """Send a command that has no answer."""
        self._send(_encoder.encode({"cmd": command}), timeout)

    def answer(self, timeout: float) -> dict[str, Any]:
        """Return the next frame's content, within `timeout` seconds."""
        try:
            return content(self._frame(timeout))
        except DiedError:
            self.kill()
            raise

    def _send(self, body: bytes, timeout: float) -> None:
        if self.gone:
            raise DiedError("the process is gone")
        deadline = time.monotonic() + timeout
        left = memoryview(struct.pack(">I", len(body)) + body)
        while left:
            try:
                left = left[os.write(self._in.fileno(), left) :]
            except BlockingIOError:
                self._wait_to_write(deadline)
            except OSError as error:
                raise DiedError(self._death()) from error

    def _frame(self, timeout: float) -> bytes:
        """The next frame's body."""
        deadline, received = time.monotonic() + timeout, self._received
        while len(received) < _HEAD:
            self._wait(deadline)
        stop = _HEAD + int.from_bytes(received[:_HEAD], "big")
        if stop > _HEAD + MAX_FRAME:
            self.kill()
            raise DiedError(f"sent {stop - _HEAD:,} bytes where at most {MAX_FRAME:,} are taken")
        while len(received) < stop:
            self._wait(deadline)
        body = bytes(received[_HEAD:stop])
        del received[:stop]
        return body

    def _wait_to_write(self, deadline: float) -> None:
        """Go on reading meanwhile: a worker that is blocked on its own prints takes no question."""
        self._poll.register(self._in, select.POLLOUT)
        self._wait(deadline)
        self._poll.unregister(self._in)
        if len(self._received) > MAX_FRAME:
            self.kill()
            raise DiedError("goes on sending, and takes no question")

    def _wait(self, deadline: float) -> None:
        """Take in what comes, for a moment. Raises OverdueError, or DiedError when there is nobody to wait for."""
        left = deadline - time.monotonic()
        if left <= 0:
            self.kill()
            raise OverdueError
        ready = self._poll.poll(1000 * min(left, _SLICE))
        for descriptor, _ in ready:
            if descriptor == self._out.fileno():
                self._take_in()
            elif descriptor == self._err.fileno():
                self._listen()
        if not ready and self._is_over():
            raise DiedError(self._death())

    def _take_in(self) -> None:
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self._out.fileno(), _CHUNK)
            if not chunk:
                raise DiedError(self._death())
            self._received += chunk
            self._heard = True

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(self._err.fileno(), _CHUNK)
            self._stderr.append(chunk[-_STDERR_KEPT:])
            if not chunk:
                self._poll.unregister(self._err)

    def _death(self) -> str:
        """How it died, in one line. Raises GateError where it was never started, by no fault of its own."""
        code = self._code()
        self._read_last_words()
        self.kill()
        if code is None:
            return "closed its pipe and went on"
        lines = b"".join(self._stderr).decode(errors="replace").strip().splitlines()
        if lines and not self._heard:
            self._refuse(lines[-1])
        return ended(code) + (f": {words(lines[-1], 200)}" if code >= 0 and lines else "")

    def _refuse(self, said: str) -> None:  # noqa: B027 (a fork was started, whatever it prints)
        """What died before its first answer was perhaps never started. Raises GateError where `said` tells that."""

    def _read_last_words(self) -> None:
        with contextlib.suppress(OSError):
            for _ in range(_LAST_WORDS):
                chunk = os.read(self._err.fileno(), _CHUNK)
                if not chunk:  # kept, nothing after the last word would push it out
                    return
                self._stderr.append(chunk[-_STDERR_KEPT:])

    def _close(self) -> None:
        for stream in (self._in, self._out, self._err):
            with contextlib.suppress(OSError):
                stream.close()


def with_bars(command: str, bars: bytes) -> bytes:
    """The body of a command that brings bars: no number of theirs is spelt out."""
    return command.encode() + b"\n" + bars


def content(body: bytes) -> dict[str, Any]:
    """What a frame says. Raises DiedError for what no worker of ours sends."""
    try:
        message = decoded(body)
    except (ValueError, RecursionError) as error:
        raise DiedError("sent something that is not JSON") from error
    if not isinstance(message, dict):
        raise DiedError("sent something that is not an answer")
    return message


def decoded(body: bytes) -> Any:
    """What a frame says. Raises ValueError or RecursionError.

    The fast parser knows no NaN and no Infinity, which sick models hand out; the standard one does.
    """
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return json.loads(body)


def ended(code: int) -> str:
    """What a return code says: below 0 it is a signal."""
    if code >= 0:
        return f"exited with code {code}"
    known = {member.value: member.name for member in signal.Signals}
    name = known.get(-code, f"signal {-code}")
    return f"killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
