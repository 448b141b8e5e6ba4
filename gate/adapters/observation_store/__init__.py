"""Observations as files: `observations.json` for words and numbers, `arrays.npz` for arrays; no pickle."""

from gate.adapters.observation_store.archive import ObservationArchive
from gate.adapters.observation_store.store import ObservationFiles

__all__ = ["ObservationArchive", "ObservationFiles"]
