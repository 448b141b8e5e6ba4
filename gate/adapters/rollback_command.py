"""Taking back from the monitor: `gate rollback propose` as a process of its own, which stops no watching."""

import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from gate.domain.alert import Alert
from gate.domain.verdict import VerdictRecord
from gate.errors import GateError

SECONDS = 3600.0


class RollbackCommand:
    """Implements the port Remedy."""

    def __init__(self, repository: Path, config: Path, *, carry_out: bool, seconds: float = SECONDS) -> None:
        self._repository, self._config, self._carry_out, self._seconds = repository, config, carry_out, seconds

    def take_back(self, verdict: VerdictRecord, alert: Alert) -> str:
        """Let the gate choose the level for this verdict; carried out where the policy says so."""
        with tempfile.TemporaryDirectory(prefix="gate-monitor-") as folder:
            path = Path(folder) / "verdict.json"
            path.write_bytes(msgspec.json.encode(verdict))
            words = ["rollback", "propose", "--verdict", str(path), "-C", str(self._repository)]
            words += ["--reason", alert.title, "--incident", alert.incident or alert.id]
            words += ["--config", str(self._config.resolve())] if self._config.exists() else []
            words += ["--carry-out", "--open-pr"] if self._carry_out else []
            return self._said(words)

    def _said(self, words: list[str]) -> str:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "gate", *words],
                capture_output=True,
                text=True,
                check=False,
                timeout=self._seconds,
                cwd=self._repository,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise GateError(f"gate rollback did not end: {type(error).__name__}", "call it by hand") from error
        lines = [line.strip() for line in (done.stdout + "\n" + done.stderr).splitlines() if line.strip()]
        said = lines[0] if lines else "it said nothing"
        if done.returncode:
            raise GateError(f"gate rollback ended with {done.returncode}: {said}", "call it by hand")
        return f"gate rollback {'carried out' if self._carry_out else 'proposes'}: {said}"
