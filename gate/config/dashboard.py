"""[dashboard]: what its table must hold to make sense."""

from gate.domain.operating import DashboardSettings
from gate.errors import ConfigError


def check_dashboard(settings: DashboardSettings, name: str) -> None:
    """Raise ConfigError for what cannot be meant."""
    spans = ("stale_verdict", "stale_live", "stale_page")
    for key in spans:
        if not 0 < getattr(settings, key) < float("inf"):
            raise ConfigError(f"{name}: [dashboard] {key} must be above 0", "what never grows stale is never unknown")
    for key, most in (("history", 1_000_000), ("details", 1000)):
        if not 1 <= getattr(settings, key) <= most:
            raise ConfigError(f"{name}: [dashboard] {key} must be 1 to {most:,}", "leave it out for the default")
