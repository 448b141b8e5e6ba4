"""requirements.txt: which lines decide what is installed.

https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import re
from pathlib import Path

INCLUDE = re.compile(r"(?:-r|--requirement|-c|--constraint)[\s=]*(\S+)$")
LOCAL = re.compile(
    r"(?:-e|--editable)[\s=]+(?!\S*\w://)|\.{0,2}/|\.(?:$|[\s\[;])|[\w.-]+/(?!/)|\S.*@\s*(?:file:|\.{0,2}/)"
)
COMMENT = re.compile(r"(?:^|\s)#.*$")


def lines_of(file: Path, seen: frozenset[Path] = frozenset()) -> list[str]:
    """Return the lines of a requirements file and of those it includes, without comments and blanks."""
    # A file that is not there is left to uv, which names it in its error.
    if file in seen or not file.is_file():
        return []
    lines: list[str] = []
    for line in file.read_text(errors="replace").replace("\\\n", " ").splitlines():
        if said := " ".join(COMMENT.sub("", line).split()):
            lines.append(said)
            if include := INCLUDE.match(said):
                lines += lines_of(file.parent / include[1], seen | {file})
    return lines


def is_local(line: str) -> bool:
    """Say whether a line installs code that lies on this disk."""
    return LOCAL.match(line) is not None
