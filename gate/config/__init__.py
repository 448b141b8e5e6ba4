"""gate.toml (or [tool.gate] of pyproject.toml) into settings. Pure: text in, settings out; unknown keys are refused."""

from gate.config.operating import parse_operating
from gate.config.question import parse

__all__ = ["parse", "parse_operating"]
