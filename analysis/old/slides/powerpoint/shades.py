"""Colours of a theme that bear a meaning, as changes of its accents: a template turns them to its own."""

from __future__ import annotations

from colorsys import rgb_to_hls

from analysis.old.slides.powerpoint.native import CLEAR, GROUND, INK, Shade
from analysis.old.style import THEMES, contrast, lightness, parse_hex, ramp

LIGHT = THEMES["light"]
ACCENTS = 6  # that a theme has
WHOLE, CIRCLE = 100_000, 360 * 60_000  # how a drawing writes 100 % and a full turn
PALE = 0.95  # lightness that the tints of an accent run to
DARKER = (("lumMod", 60_000),)
UNCLEAR = Shade("tx1", (("lumMod", 50_000), ("lumOff", 50_000)))
FAINT = Shade("tx1", (("lumMod", 20_000), ("lumOff", 80_000)))


def stage_shades(stages: int) -> list[tuple[Shade, Shade]]:
    """One tint a stage from pale to the full accent, and the colour of a figure on it."""
    return [(tint(colour), _ink_on(colour)) for colour in ramp(stages, LIGHT)]


def _ink_on(colour: str) -> Shade:
    inks = {INK: LIGHT.ink, GROUND: LIGHT.ground}
    return max(inks, key=lambda ink: contrast(inks[ink], colour))


def group_shades(groups: int) -> list[Shade]:
    """One colour of the theme a group; past the last accent their darker kin."""
    return [
        Shade(f"accent{position % ACCENTS + 1}", DARKER if position >= ACCENTS else ())
        for position in range(groups)
    ]


def tint(colour: str) -> Shade:
    """A colour as a kin of the first accent: in our theme that colour, in a template one of its hue."""
    deep, wanted = rgb_to_hls(*parse_hex(LIGHT.accent)), rgb_to_hls(*parse_hex(colour))
    if lightness(colour) <= lightness(LIGHT.accent):
        return CLEAR
    kept = (PALE - wanted[1]) / (PALE - deep[1])
    shifts = (
        ("hueOff", round((wanted[0] - deep[0]) * CIRCLE)),
        ("satMod", round(WHOLE * wanted[2] / deep[2])),
        ("lumMod", round(WHOLE * kept)),
        ("lumOff", round(WHOLE * (1 - kept) * PALE)),
    )
    return Shade(CLEAR.name, shifts)
