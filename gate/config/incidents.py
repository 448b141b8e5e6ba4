"""[incidents]: what msgspec's types do not say of it."""

from pathlib import PurePosixPath

from gate.domain.operating import IncidentSettings
from gate.errors import ConfigError

LONGEST = 50
"""Characters of a label, at GitHub."""


def checked(settings: IncidentSettings, name: str) -> IncidentSettings:
    """The same settings. Raises ConfigError for what could not work."""
    folder = PurePosixPath(settings.folder)
    if not settings.folder.strip() or folder.is_absolute() or ".." in folder.parts:
        raise ConfigError(
            f"{name}: [incidents] folder: '{settings.folder:.80}' is not below gate.toml's folder",
            'write a relative path, such as "reports/incidents"',
        )
    for label in settings.labels:
        if not label.strip() or len(label) > LONGEST or "," in label:
            raise ConfigError(
                f"{name}: [incidents] labels: '{label:.80}' is no label",
                f"write at most {LONGEST} characters, without a comma",
            )
    return settings
