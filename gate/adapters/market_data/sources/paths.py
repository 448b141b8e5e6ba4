"""Files, folders and globs, relative to the folder of gate.toml; `SYMBOL=path` names the symbol."""

import re
from dataclasses import replace
from pathlib import Path

from gate.adapters.market_data.bars import bars_of
from gate.adapters.market_data.formats import FORMATS, read_file, suffix
from gate.adapters.market_data.period import Period
from gate.adapters.market_data.reading import Reading
from gate.errors import DataError

_FREQTRADE = re.compile(
    r"(?P<base>[A-Za-z0-9]+)_(?P<quote>[A-Za-z0-9]+)(_(?P<settle>[A-Za-z0-9]+))?-\d+[smhdwMy](-[a-z_]+)?"
)
"""BTC_USDT-1h, BTC_USDT_USDT-4h-futures."""


_NAMED = re.compile(r"(?P<symbol>[^=*?\[]+)=(?P<path>.+)")


def read(asked: str, folder: Path, period: Period) -> list[Reading]:
    """Read every file that a path, a folder or a glob names. Raises DataError."""
    named = None if _absolute(asked, folder).exists() else _NAMED.fullmatch(asked)
    if named is None:
        return [one for file in _files(asked, folder) for one in _read(file, folder, period)]
    readings = [one for file in _files(named["path"], folder) for one in _read(file, folder, period)]
    if len(readings) > 1:
        found = ", ".join(sorted(one.bars.symbol for one in readings))
        raise DataError(f'"{asked}" gives one name to {len(readings)} symbols: {found}.', "Name one symbol's file.")
    origin, bars = readings[0]
    return [Reading(origin, replace(bars, symbol=named["symbol"].strip()))]


def symbol_of(path: Path) -> str:
    """Read the symbol off a file's name: BTC/USDT for BTC_USDT-1h.feather, SPY for SPY.csv.gz."""
    stem = path.name[: len(path.name) - len(suffix(path) or "")]
    freqtrade = _FREQTRADE.fullmatch(stem)
    if freqtrade is None:
        return stem
    settle = f":{freqtrade['settle']}" if freqtrade["settle"] else ""
    return f"{freqtrade['base']}/{freqtrade['quote']}{settle}"


def _read(file: Path, folder: Path, period: Period) -> list[Reading]:
    origin = str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)
    return [one for table in read_file(file, origin, symbol_of(file)) for one in bars_of(table, period)]


def _absolute(asked: str, folder: Path) -> Path:
    try:
        return folder / Path(asked).expanduser()
    except RuntimeError:  # ~nobody
        raise DataError(f'[data] sources has "{asked}": there is no such user.', "Write the whole path.") from None


def _files(asked: str, folder: Path) -> list[Path]:
    """The files in the order of their names. Raises DataError where there is none."""
    path = _absolute(asked, folder)
    if path.is_dir():
        files = [file for file in path.iterdir() if suffix(file) and not file.name.startswith(".")]
    elif path.exists():
        files = [path]
    else:
        files = [file for file in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if file.is_file()]
    if not files:
        raise DataError(
            f'[data] sources has "{asked}": no such file, and no file of market data found there.',
            f"Paths are relative to {folder}; read are {', '.join(FORMATS)}, arch:sp500, skfolio:AAPL, simulated:7.",
        )
    return sorted(files)
