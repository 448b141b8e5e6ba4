"""The emergency scripts of the rollback strategy, as `gate init` lays them into a repository."""

from importlib import resources

FOLDER = "scripts"
NAMES = ("emergency_rollback.sh", "verify_system.sh")


def script(name: str) -> str:
    """One script's text: thin over gate's own commands."""
    return (resources.files("gate") / "templates" / "scripts" / name).read_text(encoding="utf-8")


def path_of(name: str) -> str:
    """Where it lies."""
    return f"{FOLDER}/{name}"
