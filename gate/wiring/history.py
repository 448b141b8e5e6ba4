"""Where the history is kept: the ledger that gate.toml names, and the outbox in front of it."""

import os
from collections.abc import Mapping
from pathlib import Path

from gate.config.history import BRANCH, branch_of
from gate.disk import OWN, unseen
from gate.domain.operating import HistorySettings, Operating
from gate.errors import ConfigError, OutputError
from gate.ports.ledger import Ledger
from gate.usecases.history import KeptLedger

"""The folder beside gate.toml that is the gate's own: git does not see it."""


def ledger(operating: Operating, folder: Path, environment: Mapping[str, str] = os.environ) -> Ledger:
    """Open the history of a gate.toml that lies in `folder`. Raises ConfigError; nothing is read or made yet."""
    return ledger_at(operating.history, folder, environment)


def ledger_at(settings: HistorySettings, folder: Path, environment: Mapping[str, str] = os.environ) -> KeptLedger:
    """Open a history by its settings alone."""
    from gate.adapters.history_outbox import OutboxFolder

    outbox = folder / settings.outbox
    reached = _reached(settings, folder, url_of(settings, environment))
    return KeptLedger(ledger=reached, outbox=OutboxFolder(folder=outbox), ready=lambda: own_folder(folder, outbox))


def url_of(settings: HistorySettings, environment: Mapping[str, str]) -> str:
    """The URL, out of the environment where gate.toml says so. Raises ConfigError."""
    if not settings.url_env:
        return settings.url
    found = environment.get(settings.url_env, "")
    if not found:
        raise ConfigError(
            f"[history] url_env names {settings.url_env}, which is not set", "set it, or say --no-history"
        )
    return found


def _reached(settings: HistorySettings, folder: Path, url: str) -> Ledger:
    if url.startswith(BRANCH):
        from gate.adapters.git_history import BranchLedger

        return BranchLedger(
            folder=folder, branch=branch_of(url), remote=settings.remote, timeout=max(settings.timeout, 60.0)
        )
    from gate.adapters.ledger_sql import SqlLedger, loadable, parsed

    found = parsed(url)
    if found.get_backend_name() == "sqlite":
        if found.database in {None, "", ":memory:"}:
            raise ConfigError("[history] url keeps nothing: it names no file", "e.g. sqlite:///.gate/history.sqlite")
        found = found.set(database=str(folder / str(found.database)))
    loadable(found)
    return SqlLedger(url=found, timeout=settings.timeout)


def own_folder(folder: Path, used: Path) -> None:
    """Make .gate/ beside gate.toml, unseen by git, where something is kept in it. Raises OutputError."""
    if not used.is_relative_to(folder / OWN):
        return
    try:
        unseen(folder / OWN)
    except OSError as error:
        raise OutputError(
            f"cannot write into {folder / OWN}: {error.strerror}", "[history] url and outbox name other places"
        ) from error
