"""The table of docs/rollback.md names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent


def test_every_test_that_the_table_names_exists():
    text = (HERE.parent.parent / "docs/rollback.md").read_text()
    file, missing = "", []
    named = re.findall(r"`(test_\w+\.py|…)::(test_\w+)`", text)
    for where, name in named:
        file = file if where == "…" else where
        if f"def {name}(" not in (HERE / file).read_text():
            missing.append(f"{file}::{name}")
    assert len(named) > 25
    assert not missing
