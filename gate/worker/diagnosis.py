"""What a fitted model shows of its fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from .answers import attribute, number


def diagnose(model: Any) -> dict[str, Any]:
    """Iterations, gain and parameters of the HMMs inside a model; nothing is called, attributes are only read."""
    parts = list(inner_models(model))
    said: dict[str, Any] = {}
    arrays = [a for part in parts for a in parameters_of(part)]
    if arrays:
        said["finite"] = all(bool(np.isfinite(a).all()) for a in arrays)
    for part in parts:
        monitor = fields_of(part).get("monitor_")
        if monitor is not None and hasattr(monitor, "history"):
            said.update(convergence(monitor))
    restarts = attribute(model, ("n_init", "n_restarts", "restarts", "n_starts"))
    if isinstance(restarts, (int, np.integer)):
        said["restarts"] = int(restarts)
    return said


def fields_of(value: Any) -> dict[str, Any]:
    """The instance's own attributes."""
    return getattr(value, "__dict__", {}) if not isinstance(value, type) else {}


def inner_models(model: Any, depth: int = 2) -> Any:
    """The model and the fitted estimators it holds (a wrapper's `model`, a pipeline's last step)."""
    yield model
    if depth == 0:
        return
    for value in list(fields_of(model).values())[:50]:
        if fields_of(value) and any(name.endswith("_") and not name.startswith("_") for name in fields_of(value)):
            yield from inner_models(value, depth - 1)


def parameters_of(part: Any) -> list[Any]:
    """Float arrays by scikit-learn's convention of fitted names (a trailing underscore)."""
    return [
        value
        for name, value in fields_of(part).items()
        if name.endswith("_") and isinstance(value, np.ndarray) and value.dtype.kind == "f"
    ]


def convergence(monitor: Any) -> dict[str, Any]:
    """Hmmlearn's monitor, without its own opinion: `converged` is True when the iterations ran out."""
    history = [number(value) for value in monitor.history]
    said: dict[str, Any] = {}
    for key, name in (("iterations", "iter"), ("max_iterations", "n_iter")):
        value = getattr(monitor, name, None)
        if isinstance(value, (int, np.integer)):
            said[key] = int(value)
    if len(history) > 1:
        said["last_gain"] = history[-1] - history[-2]
    if hasattr(monitor, "tol"):
        said["tolerance"] = number(monitor.tol)
    return said
