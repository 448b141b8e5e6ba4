"""The policy at the base commit, and what a pull request would change of it."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

from gate.config import parse
from gate.domain.publication import Changes, LimitChange, PolicyChange
from gate.domain.settings import Settings
from gate.errors import ConfigError
from gate.ports.publishing import CodeHost

NAMES = ("gate.toml", "pyproject.toml")
OWNERS = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS")
_WATCHED = re.compile(
    r"\.github/(workflows|actions)/.*"
    r"|(.*/)?action\.ya?ml"
    r"|(.*/)?gate\.toml"
    r"|(.*/)?(gate[-.](lock|requirements)(\.txt|\.in|\.toml)?|requirements-gate\.(txt|in))"
    r"|\.github/[^/]*(requirements|lock)[^/]*"
)
"""Workflows, actions, the policy, and what gate itself is installed from."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """A settings file at a commit."""

    path: str
    text: str
    settings: Settings


def policy_at(host: CodeHost, sha: str, config: str) -> Policy:
    """Read the policy of a commit. Raises ConfigError where there is none."""
    for path in (config,) if config else NAMES:
        text = host.file_at(sha, path)
        if text is not None and (path.rpartition("/")[2] != "pyproject.toml" or "[tool.gate" in text):
            return Policy(path=path, text=text, settings=parse(text, path))
    raise ConfigError(
        f"there is no {config or NAMES[0]} at the base commit {sha[:7]}", "merge one first: `gate init` writes it"
    )


def policy_change(host: CodeHost, policy: Policy, changes: Changes, head: str) -> PolicyChange | None:
    """What of the policy the pull request touches; None where nothing."""
    touched = [path for path in changes.paths if is_watched(path, policy)]
    text = host.file_at(head, policy.path) if policy.path in changes.paths else None
    if policy.path in changes.paths and policy.path not in touched and not same_table(policy.text, text):
        touched.append(policy.path)
    if not touched:
        return None
    return shown(policy, text, touched) if policy.path in touched else PolicyChange(touched=tuple(touched))


def is_watched(path: str, policy: Policy) -> bool:
    """A file that decides how a pull request is judged. A pyproject.toml is looked into instead."""
    if path == policy.path:
        return not path.endswith("pyproject.toml")
    return bool(_WATCHED.fullmatch(path)) or path in OWNERS or path in named_by(policy)


def named_by(policy: Policy) -> set[str]:
    """Files beside the policy that it names: adapters and strategies."""
    settings, (folder, _, _) = policy.settings, policy.path.rpartition("/")
    models = (settings.baseline_model, settings.candidate_model)
    named = (settings.strategy.function, *(model.adapter for model in models), *(model.strategy for model in models))
    files = (name.partition(":")[0] for name in named if name and ".py:" in name)
    return {f"{folder}/{file}".lstrip("/") for file in files}


def same_table(base: str, head: str | None) -> bool:
    """Whether [tool.gate] says the same in both; what cannot be read does not."""
    try:
        tables = [tomllib.loads(text or "").get("tool", {}).get("gate") for text in (base, head)]
    except (tomllib.TOMLDecodeError, AttributeError, RecursionError):
        return False
    return bool(tables[0] == tables[1])


def shown(policy: Policy, text: str | None, touched: Iterable[str]) -> PolicyChange:
    """The difference, limit by limit."""
    if text is None:
        return PolicyChange(touched=tuple(touched), unreadable=f"{policy.path} is taken away")
    try:
        head = parse(text, policy.path)
    except (ConfigError, RecursionError) as error:
        return PolicyChange(touched=tuple(touched), unreadable=str(error))
    base = policy.settings
    held = {**base.limits, **head.limits}
    limits = (LimitChange(metric=name, base=base.limits.get(name), head=head.limits.get(name)) for name in held)
    others = (name for name in Settings.__struct_fields__ if name != "limits")
    return PolicyChange(
        touched=tuple(touched),
        limits=tuple(change for change in limits if change.base != change.head),
        others=tuple(name for name in others if getattr(base, name) != getattr(head, name)),
    )
