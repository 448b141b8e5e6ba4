"""`gate.ports.Versions` on git, uv and this machine's folders."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gate.adapters.versions.checkout import checkout
from gate.adapters.versions.dependencies import NOTHING, Dependencies, find
from gate.adapters.versions.environments import environment_for
from gate.adapters.versions.export import export
from gate.adapters.versions.folders import cache_folder, private_folder
from gate.adapters.versions.interpreters import chosen
from gate.adapters.versions.tree import Tree
from gate.domain.settings import ModelSettings, VersionSettings
from gate.domain.version import Role, Version
from gate.errors import VersionError

Note = Callable[[str], None]
Asked = Mapping[Role, tuple[VersionSettings, ModelSettings]]

CURRENT = (sys.executable, "current interpreter")


class GitVersions:
    """Versions out of git repositories, and out of folders as they lie."""

    @contextmanager
    def prepare(self, asked: Asked, folder: Path, note: Note) -> Iterator[dict[Role, Version]]:
        """Export refs and build environments; nothing of the user's checkout is touched.

        What was exported is gone when the context closes. Raises VersionError.
        """
        with ExitStack() as stack:
            trees = _trees(asked, folder, stack, note)
            pythons = _Pythons(asked, folder, trees, note)
            yield {role: _version(role, asked[role][1], tree, pythons.of(role)) for role, tree in trees.items()}


def _trees(asked: Asked, folder: Path, stack: ExitStack, note: Note) -> dict[Role, Tree]:
    exports = None
    if any(settings.ref is not None for settings, _ in asked.values()):
        exports = stack.enter_context(private_folder(cache_folder("exports")))
    return {role: _tree(role, settings, folder, exports, note) for role, (settings, _) in asked.items()}


def _tree(role: Role, settings: VersionSettings, folder: Path, exports: Path | None, note: Note) -> Tree:
    source = (folder / Path(settings.path or "").expanduser()).resolve()
    if not source.is_dir():
        raise VersionError(f"{role}: there is no folder {source}", "`path` is relative to the folder of gate.toml")
    if settings.ref is None or exports is None:
        return checkout(source)
    return export(source, settings.ref, exports / role.value, lambda text: note(f"{role}: {text}"))


def _version(role: Role, model: ModelSettings, tree: Tree, python: tuple[str, str]) -> Version:
    return Version(
        role=role,
        ref=tree.ref,
        sha=tree.sha,
        dirty=tree.dirty,
        factory=model.factory,
        root=str(tree.root),
        python=python[0],
        environment=python[1],
        tree_sha256=tree.sha256,
    )


class _Pythons:
    """The interpreter of each role. Dependencies are read only where they decide anything."""

    def __init__(self, asked: Asked, folder: Path, trees: Mapping[Role, Tree], note: Note) -> None:
        self._asked = asked
        self._folder = folder
        self._trees = trees
        self._note = note
        self._differ: bool | None = None

    def of(self, role: Role) -> tuple[str, str]:
        """Return the interpreter of a role and where it comes from."""
        settings, _ = self._asked[role]
        if settings.python is not None:
            return chosen(settings.python, self._folder).path, f"interpreter {settings.python}"
        if settings.environment == "current" or (settings.environment == "auto" and not self._versions_differ()):
            return CURRENT
        found = self._dependencies(role)
        if settings.environment == "auto" and found is NOTHING:
            self._note(f"{role} names no dependencies: it runs in the current interpreter")
            return CURRENT
        return environment_for(self._trees[role], found, self._extras(role), role, self._note)

    def _versions_differ(self) -> bool:
        if self._differ is None:
            # The same code needs the same, whatever file it keeps that in.
            code = {(tree.sha256, self._asked[role][0].requirements) for role, tree in self._trees.items()}
            self._differ = len(code) > 1 and len({self._fingerprint(role) for role in self._trees}) > 1
        return self._differ

    def _fingerprint(self, role: Role) -> str:
        return self._dependencies(role).fingerprint(self._trees[role].sha256)

    def _dependencies(self, role: Role) -> Dependencies:
        return find(self._trees[role].root, self._asked[role][0].requirements)

    def _extras(self, role: Role) -> tuple[str, ...]:
        return ("numpy", "pandas") if self._asked[role][1].input == "bars" else ("numpy",)
