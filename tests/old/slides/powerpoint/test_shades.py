"""Tints of the theme are the ramp of the house, and figures can be read on them."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

import pytest

from analysis.old.slides.powerpoint.shades import group_shades, stage_shades
from analysis.old.style import THEMES, contrast, lightness, parse_hex, ramp


def shown(shade) -> str:
    """The colour that our theme gives a tint: the changes applied in the order of the file."""
    hue, light, saturation = rgb_to_hls(*parse_hex(THEMES["light"].accent))
    for name, amount in shade.shifts:
        share = amount / 100_000
        hue += amount / 60_000 / 360 if name == "hueOff" else 0
        saturation *= share if name == "satMod" else 1
        light = light * share if name == "lumMod" else light + share if name == "lumOff" else light
    channels = hls_to_rgb(hue, light, saturation)
    return "#" + "".join(f"{round(255 * channel):02x}" for channel in channels)


@pytest.mark.parametrize("stages", range(2, 13))
def test_tints_of_the_accent_are_the_ramp_of_the_house(stages):
    tints = [shown(shade) for shade, _ in stage_shades(stages)]
    for found, known in zip(tints, ramp(stages, THEMES["light"]), strict=True):
        assert parse_hex(found) == pytest.approx(parse_hex(known), abs=0.01)
    assert [lightness(tint) for tint in tints] == sorted((lightness(tint) for tint in tints), reverse=True)


@pytest.mark.parametrize("stages", range(2, 13))
def test_figures_on_a_tint_have_contrast(stages):
    for shade, ink in stage_shades(stages):
        colour = {"tx1": THEMES["light"].ink, "bg1": THEMES["light"].ground}[ink.name]
        assert contrast(shown(shade), colour) >= 3.9, shade  # WCAG asks 3 of text that is large and bold


def test_groups_have_colours_of_their_own():
    assert len(set(group_shades(8))) == 8
