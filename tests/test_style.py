"""Colours that bear a meaning: apart for every kind of eye, in grey, and clear as text."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest

from analysis.errors import RequestError
from analysis.style import (
    CONTRAST,
    FAMILY,
    SIZES,
    THEMES,
    UNKNOWN_LETTER,
    Theme,
    chart_style,
    contrast,
    drawable,
    families_for,
    group_looks,
    label_ink,
    lightness,
    luminance,
    parse_hex,
    ramp,
    register_fonts,
    sides,
    text_colour,
    theme_of,
)

# Machado, Oliveira & Fernandes (2009), IEEE TVCG 15: 1291–1298, table 1, severity 1.0; on linear RGB.
EYES = {
    "all": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]
    ],
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.95047, 1.0, 1.08883])
theme_names = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
eye_names = pytest.mark.parametrize("eye", EYES)


def lab(colour: str, eye: str) -> np.ndarray:
    """CIE L*a*b* (D65) of a colour as an eye sees it."""
    channels = np.array(parse_hex(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(np.array(EYES[eye]) @ linear, 0, 1) / WHITE
    root = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def distance(first: str, second: str, eye: str) -> float:
    """CIE 1976 colour difference; about 2.3 is just to be seen."""
    return float(np.linalg.norm(lab(first, eye) - lab(second, eye)))


@theme_names
@eye_names
@pytest.mark.parametrize(("stages", "least"), [(2, 60), (3, 28), (4, 19), (5, 12), (6, 11), (7, 9)])
def test_neighbouring_stages_stay_apart_for_every_eye(
    theme: Theme, eye: str, stages: int, least: float
) -> None:
    assert min(distance(a, b, eye) for a, b in pairwise(ramp(stages, theme))) >= least


@theme_names
@pytest.mark.parametrize("stages", range(2, 13))
def test_stages_run_one_way_in_grey(theme: Theme, stages: int) -> None:
    greys = [luminance(colour) for colour in ramp(stages, theme)]
    assert greys in (sorted(greys), sorted(greys, reverse=True))
    assert len(set(greys)) == stages


@theme_names
@pytest.mark.parametrize("stages", [3, 4, 6, 7, 12])
def test_stages_are_even_steps_of_lightness(theme: Theme, stages: int) -> None:
    steps = [b - a for a, b in pairwise(lightness(colour) for colour in ramp(stages, theme))]
    assert max(steps) - min(steps) < 1


def test_five_stages_have_the_colours_of_the_house() -> None:
    assert ramp(5, THEMES["light"]) == ["#dfe6ee", "#b5cde3", "#6fa8d0", "#2a78b5", "#0b3c6f"]


@theme_names
@eye_names
@pytest.mark.parametrize(("groups", "least"), [(2, 60), (4, 25), (6, 20), (8, 10)])
def test_groups_stay_apart_for_every_eye(theme: Theme, eye: str, groups: int, least: float) -> None:
    assert min(distance(a, b, eye) for a, b in combinations(theme.groups[:groups], 2)) >= least


@theme_names
def test_twelve_groups_have_a_shape_each_and_no_two_of_a_colour_look_alike(theme: Theme) -> None:
    looks = list(group_looks([f"g{place}" for place in range(24)], None, theme).values())
    assert len({marker for _, marker in looks[:12]}) == 12
    assert len(set(looks)) == 24


def test_groups_differ_in_shape_too() -> None:
    looks = group_looks(["all", "a", "b", "c"], "all", THEMES["light"])
    assert looks["all"] == (THEMES["light"].muted, "o")
    assert len(set(looks.values())) == 4
    assert len({marker for group, (_, marker) in looks.items() if group != "all"}) == 3


@theme_names
@pytest.mark.parametrize("stages", range(2, 13))
def test_figures_on_segments_are_clear(theme: Theme, stages: int) -> None:
    assert min(contrast(label_ink(colour, theme), colour) for colour in ramp(stages, theme)) >= CONTRAST


@theme_names
def test_text_is_clear_on_the_ground(theme: Theme) -> None:
    inks = [
        theme.ink,
        theme.muted,
        theme.accent,
        *(text_colour(c, theme) for c in (*theme.groups, *theme.ramp)),
    ]
    assert min(contrast(ink, theme.ground) for ink in inks) >= CONTRAST
    assert contrast(theme.muted, theme.missing) >= CONTRAST


@theme_names
def test_marks_are_seen_on_the_ground(theme: Theme) -> None:
    marks = [theme.accent, theme.faint, *theme.groups]
    assert min(contrast(mark, theme.ground) for mark in marks) >= 3  # WCAG 2.1, 1.4.11


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_nothing_is_set_too_small() -> None:
    screen = 360 / (72 * SIZES["phone"].width)  # pixels a point when a phone's picture is 360 pixels wide
    for name, size in SIZES.items():
        smallest = min(size.title, size.subtitle, size.label, size.number, size.small, size.source)
        assert smallest * screen >= 12 if name == "phone" else smallest >= 12


@theme_names
@pytest.mark.parametrize(("below", "above"), [(1, 1), (2, 3), (3, 2), (4, 3), (6, 6)])
def test_the_sides_of_a_cut_are_apart_and_run_away_from_it_in_grey(
    theme: Theme, below: int, above: int
) -> None:
    colours = sides(below, above, theme)
    steps = [luminance(colour) for colour in colours]
    assert steps[:below] in (sorted(steps[:below]), sorted(steps[:below], reverse=True))
    assert steps[below:] in (sorted(steps[below:]), sorted(steps[below:], reverse=True))
    assert min(distance(a, b, eye) for eye in EYES for a in colours[:below] for b in colours[below:]) >= 8
    assert min(contrast(label_ink(colour, theme), colour) for colour in colours) >= CONTRAST


def test_the_typeface_comes_from_its_package() -> None:
    from matplotlib.font_manager import FontProperties, findfont

    register_fonts()
    for weight, face in ((400, "Regular"), (600, "Semibold")):
        path = findfont(FontProperties(family=FAMILY, weight=weight))
        assert path.endswith(f"SourceSansPro-{face}.ttf")
        assert "font_source_sans_pro" in path


def test_letters_are_drawn_from_a_font_that_has_them_or_marked() -> None:
    assert families_for("åäö")[0] == FAMILY
    assert drawable("a\N{RIGHTWARDS ARROW}\U000fffff") == "a\N{RIGHTWARDS ARROW}" + UNKNOWN_LETTER


def test_a_style_that_is_not_there_is_refused() -> None:
    with pytest.raises(RequestError, match=r"size is 'widee'; .*did you mean 'wide'"), chart_style("widee"):
        pass


def test_a_ground_has_the_theme_that_is_nearest() -> None:
    assert theme_of("#fafafa").name == "light"
    assert theme_of("#222222").name == "dark"
