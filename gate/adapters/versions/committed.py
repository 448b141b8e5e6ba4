"""A text file at a commit of the repository that this runs in."""

from pathlib import Path

import git


class NotHereError(LookupError):
    """There is no repository here, or it does not have the commit."""


def text_at(folder: Path, sha: str, path: str) -> str | None:
    """The file's text; None where the commit does not have it. Raises NotHereError.

    A commit's SHA names its files' content, so it does not matter whose repository they are read from.
    """
    try:
        with git.Repo(folder, search_parent_directories=True) as repository:
            repository.git.update_environment(GIT_NO_REPLACE_OBJECTS="1", GIT_NO_LAZY_FETCH="1")
            tree = repository.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{sha}^{{tree}}")
            listed = repository.git.ls_tree("-z", "--full-tree", tree, "--", path).rstrip("\0")
            if not listed:
                return None
            kind, name = listed.split("\t")[0].split()[1:3]
            return str(repository.git.cat_file("blob", name, strip_newline_in_stdout=False)) if kind == "blob" else None
    except (git.exc.GitError, OSError, ValueError) as error:
        raise NotHereError(sha) from error
