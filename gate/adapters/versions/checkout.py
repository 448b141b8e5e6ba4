"""The checkout as it lies: nothing is copied, its files are only looked at."""

from pathlib import Path

from gate.adapters.versions.repository import Repository, open_repository
from gate.adapters.versions.tree import Tree
from gate.adapters.versions.tree_hash import files_under, hash_of_files, hash_of_tree_id
from gate.errors import VersionError

REF = "checkout"


def checkout(root: Path) -> Tree:
    """Describe the files under `root` as they are, in git or outside it."""
    with open_repository(root) as repository:
        if repository is not None and repository.bare:
            raise VersionError(f"{root} is a bare repository: nothing is checked out", "name a `ref`")
        sha = repository and repository.tries("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        if repository is None or not sha:
            return Tree(root=root, ref=REF, sha="", sha256=hash_of_files(root, files_of(root, None)))
        changed = _changed(repository)
        tree_id = repository.tries("rev-parse", "--verify", "--quiet", f"{sha}:{repository.prefix}")
        clean = changed is not None and not any(name.startswith(repository.prefix) for name in changed)
        sha256 = hash_of_tree_id(tree_id) if tree_id and clean else hash_of_files(root, files_of(root, repository))
        return Tree(root=root, ref=REF, sha=sha, dirty=changed is None or bool(changed), sha256=sha256)


def _changed(repository: Repository) -> list[str] | None:
    """Name what differs from HEAD; None where git cannot say, as when a clean filter is missing.

    Names are relative to the repository, wherever the command runs.
    """
    said = repository.tries("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    return None if said is None else [line[3:] for line in said.split("\0") if line and not _is_bytecode(line)]


def files_of(root: Path, repository: Repository | None) -> list[str]:
    """Name the files under `root` that are tracked, or could be: not ignored. Where all are ignored, all count."""
    said = "" if repository is None else repository.git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [name for name in said.split("\0") if name and not _is_bytecode(name)] or list(files_under(root))


def _is_bytecode(name: str) -> bool:
    return "__pycache__/" in name
