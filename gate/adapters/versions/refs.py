"""From what the user calls a version to the one commit that is meant."""

from collections.abc import Callable
from difflib import get_close_matches

from gate.adapters.versions.repository import Repository
from gate.domain.tags import STABLE, newest_release
from gate.errors import VersionError


def resolve(repository: Repository, ref: str, note: Callable[[str], None]) -> str:
    """Return the full SHA of the commit that a branch, remote branch, tag or SHA names."""
    _refuse_what_no_ref_can_be(ref)
    if ref == STABLE:
        ref = _last_stable(repository)
        note(f"the last stable tag is {ref}")
    if not repository.tries("rev-list", "--all", "--max-count=1") and not _commit(repository, "HEAD"):
        raise VersionError(f"there is no '{ref}': the repository {repository.folder} has no commits yet")
    sha = _commit(repository, ref) or _on_a_remote(repository, ref)
    if sha is None:
        raise _unknown(repository, ref)
    _say_if_two_are_meant(repository, ref, sha, note)
    return sha


def _last_stable(repository: Repository) -> str:
    """By ancestry, then by version: another branch's release is not this one's."""
    tag = newest_release((repository.tries("tag", "--merged", "HEAD") or "").splitlines())
    if not tag:
        raise VersionError(f"HEAD of {repository.folder} has no stable tag in its history", _advice(repository))
    return tag


def _refuse_what_no_ref_can_be(ref: str) -> None:
    # A dash would make an option of it, a caret a negation; the rest git forbids in names (git check-ref-format).
    if not ref or ref.startswith(("-", "^")) or not ref.isprintable() or " " in ref:
        raise VersionError(f"{ref!r} is not a git ref", "name a branch, a tag or a SHA")


def _commit(repository: Repository, name: str) -> str | None:
    return repository.tries("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}") or None


def _on_a_remote(repository: Repository, ref: str) -> str | None:
    """Find a branch that was fetched but never checked out: all that CI has of the other branches."""
    remotes = sorted((remote.name for remote in repository.repo.remotes), key=lambda name: (name != "origin", name))
    found = (_commit(repository, f"refs/remotes/{remote}/{ref}") for remote in remotes)
    return next((sha for sha in found if sha), None)


def _say_if_two_are_meant(repository: Repository, ref: str, sha: str, note: Callable[[str], None]) -> None:
    branch = _commit(repository, f"refs/heads/{ref}")
    if branch and branch != sha:
        note(f"'{ref}' is a tag ({sha[:12]}) and a branch ({branch[:12]}): the tag is taken, as git does")


def _unknown(repository: Repository, ref: str) -> VersionError:
    known = sorted({name for name in map(str, repository.repo.references) if not name.endswith("/HEAD")})
    near = get_close_matches(ref, known, n=3, cutoff=0.5)
    meant = f" (did you mean {', '.join(near)}?)" if near else ""
    ambiguous = len(ref) >= 4 and bool(repository.tries("rev-parse", f"--disambiguate={ref}"))
    message = f"'{ref}' names several objects or no commit" if ambiguous else f"there is no '{ref}'"
    return VersionError(f"{message} in the repository {repository.folder}{meant}", _advice(repository))


def _advice(repository: Repository) -> str:
    if repository.shallow:
        return "this is a shallow clone: run `git fetch --unshallow --tags` (actions/checkout: fetch-depth: 0)"
    return "run `git fetch --tags`, or write the full name"
