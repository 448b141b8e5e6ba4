"""Code owners: whose approval a changed file asks for. The last line of CODEOWNERS that fits decides."""

from fnmatch import fnmatchcase

from tests.hub.state.repository import Repository

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")


def owners_of(repository: Repository, treeish: str, path: str) -> frozenset[str]:
    """Logins, of which one must approve; empty where nobody owns the file."""
    found: frozenset[str] = frozenset()
    for pattern, owners in _lines(repository, treeish):
        if _fits(pattern, path):
            found = owners
    return found


def _lines(repository: Repository, treeish: str) -> list[tuple[str, frozenset[str]]]:
    texts = (repository.git.read(treeish, place) for place in PLACES)
    text = next((one for one in texts if one is not None), b"").decode(errors="replace")
    words = [line.split("#")[0].split() for line in text.splitlines()]
    return [(line[0], frozenset(name.removeprefix("@") for name in line[1:])) for line in words if line]


def _fits(pattern: str, path: str) -> bool:
    """As in .gitignore: a slash in front or within anchors it, one at the end means all below."""
    anchored = "/" in pattern.rstrip("/")
    plain = pattern.lstrip("/").replace("**", "*")
    below = f"{plain.rstrip('/')}/*"
    tails = [path] if anchored else [path[at:] for at in _starts(path)]
    return any(fnmatchcase(tail, below) or (not plain.endswith("/") and fnmatchcase(tail, plain)) for tail in tails)


def _starts(path: str) -> list[int]:
    return [0, *(at + 1 for at, letter in enumerate(path) if letter == "/")]
