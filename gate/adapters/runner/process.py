"""One worker process: started thin, spoken to in frames, killed whole."""

import contextlib
import json
import os
import select
import selectors
import signal
import struct
import subprocess
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

import gate

WORKER = Path(gate.__file__).parent / "worker.py"
MAX_FRAME = 16 * 1024 * 1024
"""No honest answer is larger: a window's labels are kilobytes."""
_CHUNK = 1 << 16
_STDERR_KEPT = 8192
_PASSED_ON = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TZ",
    "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "OPENBLAS_CORETYPE",
)
_THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
_ARROW_WITHOUT_THREADS = {"JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""pandas imports pyarrow, whose allocator starts a thread; a process with threads cannot be forked safely."""
_encoder = msgspec.json.Encoder()


class DiedError(Exception):
    """The process ended, or stopped making sense, in the middle of a question."""


class OverdueError(TimeoutError):
    """No answer in time; the process has been killed."""


def clean_environment() -> dict[str, str]:
    """Nothing of the gate's own environment (tokens!) but what an interpreter needs; threads pinned to one."""
    passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    pinned = dict.fromkeys(_THREADS, "1")
    return {
        **passed,
        **pinned,
        **_ARROW_WITHOUT_THREADS,
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
    }


class WorkerProcess:
    """A worker in its own session, so that whatever it starts is killed with it."""

    def __init__(self, python: str, root: str) -> None:
        self._popen = subprocess.Popen(
            [python, "-s", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=root,
            env=clean_environment(),
            start_new_session=True,
            close_fds=True,
        )
        self.pid = self._popen.pid
        self._received = bytearray()
        self._stderr: deque[bytes] = deque(maxlen=_STDERR_KEPT // 256)
        self._selector = selectors.DefaultSelector()
        assert self._popen.stdin and self._popen.stdout and self._popen.stderr  # noqa: PT018, S101 (asked for above)
        os.set_blocking(self._popen.stdin.fileno(), False)
        for stream in (self._popen.stdout, self._popen.stderr):
            os.set_blocking(stream.fileno(), False)
            self._selector.register(stream, selectors.EVENT_READ)

    def __enter__(self) -> Self:
        """Return itself; the process is gone when the context closes."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill whatever is left."""
        self.kill()

    def ask(self, command: str, timeout: float, **fields: Any) -> dict[str, Any]:
        """Send a command and return the answer. Raises DiedError or OverdueError; the process is then gone."""
        self._send({"cmd": command, **fields}, time.monotonic() + timeout)
        return self.answer(timeout)

    def tell(self, command: str, timeout: float) -> None:
        """Send a command that has no answer."""
        self._send({"cmd": command}, time.monotonic() + timeout)

    def answer(self, timeout: float) -> dict[str, Any]:
        """Return the next frame, within `timeout` seconds."""
        deadline = time.monotonic() + timeout
        size = struct.unpack(">I", self._take(4, deadline))[0]
        if size > MAX_FRAME:
            self.kill()
            raise DiedError(f"sent {size:,} bytes where at most {MAX_FRAME:,} are taken")
        try:  # the standard parser: it alone reads the NaN and Infinity that sick models hand out
            message = json.loads(self._take(size, deadline))
        except (ValueError, RecursionError) as error:
            self.kill()
            raise DiedError("sent something that is not JSON") from error
        if not isinstance(message, dict):
            self.kill()
            raise DiedError("sent something that is not an answer")
        return message

    def kill(self) -> None:
        """End the process, its children and its pipes. Can be called again."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=10)
        self._selector.close()
        for stream in (self._popen.stdin, self._popen.stdout, self._popen.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, message: dict[str, Any], deadline: float) -> None:
        body = _encoder.encode(message)
        left = memoryview(struct.pack(">I", len(body)) + body)
        assert self._popen.stdin is not None  # noqa: S101
        pipe = self._popen.stdin.fileno()
        while left:
            _, ready, _ = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                self.kill()
                raise OverdueError
            try:
                left = left[os.write(pipe, left) :]
            except OSError as error:
                raise DiedError(self._death()) from error

    def _take(self, count: int, deadline: float) -> bytes:
        while len(self._received) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                self.kill()
                raise OverdueError
            for key, _ in self._selector.select(left):
                self._drain(key)
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _drain(self, key: selectors.SelectorKey) -> None:
        try:
            chunk = os.read(key.fd, _CHUNK)
        except BlockingIOError:
            return
        if key.fileobj is self._popen.stderr:
            self._stderr.append(chunk[-_STDERR_KEPT:])
            if not chunk:
                self._selector.unregister(key.fileobj)
        elif chunk:
            self._received += chunk
        else:
            raise DiedError(self._death())

    def _death(self) -> str:
        """How it died, in one line."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._popen.wait(timeout=2)
        self._read_last_words()
        code = self._popen.returncode
        self.kill()
        if code is None:
            return "closed its pipe and went on"
        if code < 0:
            return f"killed by {signal.Signals(-code).name}" + (" (out of memory?)" if code == -signal.SIGKILL else "")
        words = b"".join(self._stderr).decode(errors="replace").strip().splitlines()
        return f"exited with code {code}" + (f": {words[-1][:200]}" if words else "")

    def _read_last_words(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            assert self._popen.stderr is not None  # noqa: S101
            while chunk := os.read(self._popen.stderr.fileno(), _CHUNK):
                self._stderr.append(chunk[-_STDERR_KEPT:])
