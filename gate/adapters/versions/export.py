"""A commit's files in a folder of their own.

Not `git worktree` (it writes to the user's repository, and a kill leaves locks there) and not `git archive` (it
leaves out what is marked export-ignore). A throw-away git directory borrows the user's objects: index, config, hooks,
attributes and filters are its own, so the same commit gives the same bytes on every machine.

Filters (clean/smudge) are never run: one that is missing or hostile changes nothing. What they would have made is
filled in for Git LFS where the contents lie in the clone already; for any other filter the user is told.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

from gate.adapters.versions import lfs
from gate.adapters.versions.refs import resolve
from gate.adapters.versions.repository import Repository, complaint, git_variables, open_repository
from gate.adapters.versions.tree import Tree
from gate.adapters.versions.tree_hash import hash_of_tree_id
from gate.errors import VersionError

PRIVATE_CONFIG = """\
[core]
    repositoryformatversion = 1
    attributesFile = /dev/null
[extensions]
    objectFormat = {name}
"""

Note = Callable[[str], None]


def export(source: Path, ref: str, into: Path, note: Note) -> Tree:
    """Write the files of `ref`, in the repository around `source`, into the folder `into`."""
    with open_repository(source) as repository:
        if repository is None:
            raise VersionError(f"{source} is not in a git repository: there is no '{ref}'", "leave out `ref`")
        sha = resolve(repository, ref, note)
        tree_id = _folder_at(repository, sha, ref)
        files = into / "tree"
        files.mkdir(parents=True)
        entries = _write(repository, sha, into / "git", files)
        _say_what_is_missing(repository, entries, files, note)
    return Tree(root=files / repository.prefix, ref=ref, sha=sha, sha256=hash_of_tree_id(tree_id))


def _folder_at(repository: Repository, sha: str, ref: str) -> str:
    """Return the id of the tree at the user's folder; a symlink of that name is not one."""
    folder = repository.prefix.rstrip("/")
    name = f"{sha}:{folder}" if folder else f"{sha}^{{tree}}"
    tree_id = repository.tries("rev-parse", "--verify", "--quiet", "--end-of-options", name)
    if not tree_id or repository.git("cat-file", "-t", tree_id) != "tree":
        raise VersionError(f"the folder {folder} does not exist at '{ref}'", "set `path` to a folder that does")
    return tree_id


def _write(repository: Repository, sha: str, git_folder: Path, files: Path) -> list[tuple[str, str]]:
    """Write the files of a commit; return mode and name of each entry."""
    import git  # noqa: PLC0415  # costs 0.15 s

    variables = _private_repository(repository, git_folder, files)
    with git_variables(**variables):
        command = git.Git(files)
        try:
            command.execute(["git", "read-tree", sha])
            command.execute(["git", "checkout-index", "--all"])
        except git.GitCommandError as error:
            advice = "a partial clone lacks files of other commits: clone without --filter"
            raise VersionError(f"{sha[:12]} cannot be exported: {complaint(error)}", advice) from error
        said = str(command.execute(["git", "ls-files", "--stage", "-z"]))
    return [(line[:6], line.split("\t", 1)[1]) for line in said.split("\0") if line]


def _private_repository(repository: Repository, folder: Path, files: Path) -> dict[str, str]:
    """Make a git directory with nothing of the user's in it but the objects; return the variables that choose it."""
    objects = repository.git("rev-parse", "--git-path", "objects")
    name = repository.git("rev-parse", "--show-object-format")
    (folder / "refs").mkdir(parents=True)
    (folder / "HEAD").write_text("ref: refs/heads/none\n")
    (folder / "config").write_text(PRIVATE_CONFIG.format(name=name))
    return {
        "GIT_DIR": str(folder),
        "GIT_WORK_TREE": str(files),
        "GIT_OBJECT_DIRECTORY": str((repository.folder / objects).resolve()),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
    }


def _say_what_is_missing(repository: Repository, entries: list[tuple[str, str]], files: Path, note: Note) -> None:
    if modules := [name for mode, name in entries if mode == "160000"]:
        note(f"submodules are exported as empty folders: {', '.join(modules)}")
    filters = _filters([files / name for mode, name in entries if mode != "120000" and _is_attributes(name)])
    if "lfs" in filters:
        store = repository.folder / repository.git("rev-parse", "--git-common-dir") / "lfs" / "objects"
        lfs.fill_in([files / name for mode, name in entries if mode.startswith("100")], store, note)
    if others := sorted(filters - {"lfs"}):
        note(f"git filters are not run, files are as they are stored: {', '.join(others)}")


def _is_attributes(name: str) -> bool:
    return name.rsplit("/", 1)[-1] == ".gitattributes"


def _filters(attributes: list[Path]) -> set[str]:
    return {name for file in attributes for name in re.findall(r"\sfilter=(\S+)", file.read_text(errors="replace"))}
