"""Written into a folder beside and renamed into place, so that a half-written observation is never read as one."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gate.adapters.observation_store import arrays as files
from gate.adapters.observation_store import checks, document
from gate.adapters.observation_store.reading import damaged
from gate.domain.observation import Observations
from gate.errors import OutputError

_JSON, _ARRAYS = "observations.json", "arrays.npz"


class ObservationFiles:
    """Implements the port ObservationStore."""

    def write(self, observations: Observations, folder: Path) -> None:
        """Write all or nothing; an older observation in the same place is replaced, and nothing else is."""
        advice = "name another folder with --output"
        try:
            if folder.is_dir() and not {path.name for path in folder.iterdir()} <= {_JSON, _ARRAYS}:
                raise OutputError(f"{folder} holds other files than observations", advice)
            folder.parent.mkdir(parents=True, exist_ok=True)
            beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
            try:
                (beside / _JSON).write_bytes(document.written(document.document_of(observations)))
                files.write(beside / _ARRAYS, arrays_of(observations))
                beside.chmod(0o755)
                if folder.exists():
                    shutil.rmtree(folder)
                beside.rename(folder)
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        except OSError as error:
            raise OutputError(f"cannot write {folder}: {error.strerror}", advice) from error

    def remove(self, folder: Path) -> None:
        """Remove stored observations; a folder that is not there, or holds anything else, is left alone."""
        if folder.is_dir() and {path.name for path in folder.iterdir()} == {_JSON, _ARRAYS}:
            shutil.rmtree(folder)

    def read(self, folder: Path) -> Observations:
        """Read and check. Raises ObservationError."""
        head = document.read(folder / _JSON)
        arrays = files.read(folder / _ARRAYS)
        try:
            return joined(head, arrays)
        except ValueError as error:
            raise damaged(folder / _ARRAYS, error) from error


def arrays_of(observations: Observations) -> Iterator[tuple[str, Any]]:
    """Every array with its name."""
    for index, market in enumerate(observations.markets.values()):
        yield f"market{index}.time", market.time
        yield f"market{index}.close", market.close
        if market.regimes is not None:
            yield f"market{index}.regimes", market.regimes
    for index, run in enumerate(observations.runs):
        for name in document.RUN_ARRAYS:
            yield f"run{index}.{name}", getattr(run, name)
    for index, repeat in enumerate(observations.repeats):
        for name in document.REPEAT_ARRAYS:
            yield f"repeat{index}.{name}", getattr(repeat, name)


def joined(head: document.Document, arrays: files.Arrays) -> Observations:
    """Put heads and arrays together, checking every shape."""
    checks.check_keys(head)
    markets = {symbol: checks.market_of(symbol, index, arrays) for index, symbol in enumerate(head.markets)}
    return Observations(
        markets=markets,
        runs=tuple(checks.run_of(run, index, arrays, markets) for index, run in enumerate(head.runs)),
        repeats=tuple(checks.repeat_of(repeat, index, arrays) for index, repeat in enumerate(head.repeats)),
        **{name: getattr(head, name) for name in document.PLAIN},
    )
