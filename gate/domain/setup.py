"""What looking at a repository finds, before gate is set up in it."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

OFFERED = 6
"""So many of a class's names are shown, its methods first."""


class Detector(msgspec.Struct, frozen=True, kw_only=True):
    """Something in the code that looks like a regime model. Seen, never imported."""

    file: str
    line: int
    factory: str
    """`package.module:Class`; "" for plain functions."""
    fit: str
    predict: str
    predict_proba: str = ""
    """"" where it has none, or one that the gate finds by itself."""
    live: str = ""
    input: Literal["features", "bars"] = "features"
    columns: dict[str, str] = {}
    date_column: str = ""
    seed: str = ""
    """The keyword that takes the seed; "" where there is none, or one that the gate finds by itself."""
    kwargs: dict[str, Any] = {}
    """The number of states, where a keyword takes it."""
    missing: tuple[str, ...] = ()
    """Arguments of the constructor that have no default."""
    hmmlearn: bool = False
    score: int = 0
    """How much speaks for it; of several the highest is taken."""
    methods: tuple[str, ...] = ()
    """Every public name that it offers; () where a base is not to be seen, which may offer more."""

    adapted: bool = False
    """An adapter gives it the methods that it does not have."""

    def lacks(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of some methods that it surely does not have."""
        return tuple(name for name in names if self.methods and name not in self.methods)

    def offers(self) -> str:
        """The first names that it has, for a person to choose from."""
        return ", ".join(self.methods[:OFFERED])

    @property
    def named(self) -> str:
        """For people."""
        return self.factory or f"{self.fit} and {self.predict}"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """All that was seen of a repository."""

    detectors: tuple[Detector, ...] = ()
    """The likeliest first."""
    others: tuple[Detector, ...] = ()
    """Classes that do not fit or predict under names that are known; the likeliest to be a detector first."""
    data: tuple[str, ...] = ()
    """Sources as [data] takes them."""
    data_ignored: tuple[str, ...] = ()
    """Data that git ignores: a job that checks the repository out does not have it."""
    dependency_file: str = ""
    stable_tag: str = ""
    """Newest release that HEAD has, pre-releases left out."""
    in_git: bool = False
    prefix: str = ""
    """The folder within its repository, "" at the root."""
    shallow: bool = False
    default_branch: str = ""
    remote: str = ""
    """`owner/name` of origin."""
    unreadable: tuple[str, ...] = ()
    """Python files that do not parse."""


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """What was chosen of what was found."""

    detector: Detector
    data: tuple[str, ...]
    baseline: str = ""
    """"" = the baseline is the checkout too: nothing is compared yet."""
    train: int | None = None
    test: int | None = None
    windows: int | None = None
    """Set where the bars are too few for the defaults."""
    isolated: bool = False
    """Each version in an environment of its own: the jobs install gate alone."""
