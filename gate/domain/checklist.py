"""The boxes of the user's rollback strategy, word for word, and what may tick each of them."""

from enum import StrEnum

import msgspec

SCHEMA = 1
WEEK, DAY = 7 * 24, 24


class Phase(StrEnum):
    """When a list is gone through."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Shows(StrEnum):
    """What a piece of evidence is evidence of. Closed."""

    DRILL = "drill"
    """`gate drill`: every level held, in time."""
    ALERTS = "alert test"
    """`gate alert test`: every channel delivered."""
    SCRIPTS = "scripts"
    """The emergency scripts are there and may be executed."""
    STABLE = "proof of the tree"
    """`gate verify`: tree and refs are what they must be."""
    DATA = "proof of the data"
    """`gate verify`: data and state have the fingerprints that they had."""
    METRICS = "proof of the metrics"
    """`gate verify`: the metrics are the baseline's."""
    WATCH = "monitor"
    """The monitor is up, and records come."""
    QUIET = "monitor, nothing rings"
    METERED = "monitor, every metric"
    """Every metric is known and within its limit."""
    DAY = "monitor, 24 hours"
    """Watched for a day, and nothing rings."""
    LOAD = "test under load"
    STRESS = "test under stress"
    CONCURRENT = "concurrent test"
    RECORDED = "incident records"
    """Every record can be read, and none owes its documentation beyond the deadline."""


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """One box of the document."""

    phase: Phase
    section: str
    text: str
    shows: tuple[Shows, ...] = ()
    """All of them are needed. None: no machine can see it, and a person has to say so."""
    hours: float = WEEK
    """How old evidence (or a person's word) may be."""


def _boxes(phase: Phase, section: str, boxes: dict[str, tuple[Shows, ...]], hours: float = WEEK) -> tuple[Box, ...]:
    return tuple(
        Box(phase=phase, section=section, text=text, shows=shows, hours=hours) for text, shows in boxes.items()
    )


BOXES: tuple[Box, ...] = (
    *_boxes(
        Phase.BEFORE,
        "Before Deployment",
        {
            "All rollback procedures tested": (Shows.DRILL,),
            "Monitoring alerts configured": (Shows.ALERTS,),
            "Rollback scripts ready": (Shows.SCRIPTS,),
            "Team notified of deployment": (),
            "Backup systems verified": (),
        },
    ),
    *_boxes(
        Phase.BEFORE,
        "Manual Testing",
        {
            "Test each rollback level": (Shows.DRILL,),
            "Verify system stability after rollback": (Shows.STABLE,),
            "Confirm data integrity": (Shows.DATA,),
            "Validate strategy performance": (Shows.METRICS,),
        },
    ),
    *_boxes(
        Phase.BEFORE,
        "Load Testing",
        {
            "Test rollback under load": (Shows.LOAD,),
            "Verify performance under stress": (Shows.STRESS,),
            "Test concurrent rollback scenarios": (Shows.CONCURRENT,),
        },
    ),
    *_boxes(
        Phase.DURING,
        "During Deployment",
        {
            "Monitor key metrics": (Shows.WATCH,),
            "Watch for error alerts": (Shows.ALERTS, Shows.WATCH),
            "Have rollback ready": (Shows.SCRIPTS, Shows.DRILL),
            "Maintain communication": (),
            "Document any issues": (Shows.RECORDED,),
        },
    ),
    *_boxes(
        Phase.AFTER,
        "After Deployment",
        {
            "Verify system stability": (Shows.QUIET,),
            "Check performance metrics": (Shows.METERED,),
            "Validate data integrity": (Shows.DATA,),
            "Monitor for 24 hours": (Shows.DAY,),
            "Document results": (Shows.RECORDED,),
        },
        hours=DAY,
    ),
)
"""Every box of the document, in its order within each list."""

NOW = {
    Shows.WATCH: 5 / 60,
    Shows.QUIET: 5 / 60,
    Shows.METERED: 5 / 60,
    Shows.SCRIPTS: 5 / 60,
    Shows.RECORDED: 5 / 60,
}
"""Hours, of what only says something about this moment."""
WORD_HOURS = DAY
"""A person's word is about this deployment."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was seen, and when."""

    shows: Shows
    at: str
    """UTC, ISO 8601, by the record itself, never by a file's date."""
    holds: bool
    sentence: str
    path: str = ""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """What a person says of a box."""

    phase: Phase
    box: str
    by: str
    note: str
    at: str


class Tick(StrEnum):
    """How a box stands."""

    SHOWN = "shown"
    """By evidence."""
    SAID = "said"
    """By a person, of what no machine can see."""
    OPEN = "open"


class Ticked(msgspec.Struct, frozen=True, kw_only=True):
    """One box, and why it is ticked or not."""

    section: str
    text: str
    tick: Tick
    lines: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    word: Word | None = None


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """A list, gone through."""

    schema: int = SCHEMA
    phase: Phase
    at: str
    boxes: tuple[Ticked, ...]

    @property
    def is_done(self) -> bool:
        """Every box is ticked."""
        return all(one.tick is not Tick.OPEN for one in self.boxes)
