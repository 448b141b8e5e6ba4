"""The dashboard's colours, once: the style sheet, the badge and the test of contrast read them here.

Regimes and states are Okabe & Ito's hues, darkened or lightened until each can be read on its paper (WCAG 2.2 AA), and
no state is told by colour alone.
"""

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "paper": "#fbfbfa",
    "card": "#ffffff",
    "sunk": "#f1f2f3",
    "line": "#dfe2e5",
    "edge": "#868e96",
    "ink": "#1c2126",
    "faint": "#59636e",
    "link": "#0b5cad",
    "focus": "#0b5cad",
    "good": "#1a6b3c",
    "good-wash": "#e8f4ec",
    "warn": "#855300",
    "warn-wash": "#fdf2dc",
    "bad": "#b3261e",
    "bad-wash": "#fdeceb",
    "none": "#5b5270",
    "none-wash": "#efedf4",
    "value": "#0b5cad",
    "band": "#c9def3",
    "base": "#8a6d00",
    "limit": "#b3261e",
    "flag": "#59636e",
    "r0": "#d6ebde",
    "r1": "#fbe7bb",
    "r2": "#f6cdc4",
    "r3": "#d5e3f5",
    "r4": "#e4d9ee",
    "r5": "#e3e5e8",
}
DARK: Mapping[str, str] = {
    "paper": "#111417",
    "card": "#181c20",
    "sunk": "#20252a",
    "line": "#2f363d",
    "edge": "#7d8790",
    "ink": "#e6e9ec",
    "faint": "#a3adb7",
    "link": "#7db8f5",
    "focus": "#9ccbff",
    "good": "#74cf98",
    "good-wash": "#16291e",
    "warn": "#eab64f",
    "warn-wash": "#2e2411",
    "bad": "#ff9b90",
    "bad-wash": "#351a18",
    "none": "#c4b8de",
    "none-wash": "#272236",
    "value": "#7db8f5",
    "band": "#243c55",
    "base": "#d6b94a",
    "limit": "#ff8f83",
    "flag": "#a3adb7",
    "r0": "#1c3a29",
    "r1": "#44360f",
    "r2": "#4d2620",
    "r3": "#1f3350",
    "r4": "#382a49",
    "r5": "#2b3036",
}

TEXT_ON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ink", ("paper", "card", "sunk", "r0", "r1", "r2", "r3", "r4", "r5")),
    ("faint", ("paper", "card", "sunk")),
    ("link", ("paper", "card", "sunk")),
    ("good", ("card", "sunk", "good-wash")),
    ("warn", ("card", "sunk", "warn-wash")),
    ("bad", ("card", "sunk", "bad-wash")),
    ("none", ("card", "sunk", "none-wash")),
    ("base", ("card",)),
    ("limit", ("card",)),
)
"""Which text stands on which paper: 4.5 to 1."""
SHAPES_ON: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("value", ("card", "band", "r0", "r1", "r2", "r3", "r4", "r5")),
    ("limit", ("card", "band")),
    ("base", ("card", "band")),
    ("flag", ("card",)),
    ("edge", ("card", "paper")),
    ("focus", ("card", "paper", "sunk")),
)
"""Which lines and borders stand on which paper: 3 to 1."""


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def variables(colours: Mapping[str, str]) -> str:
    """Custom properties for a style sheet."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _luminance(colour: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
