"""A drawing as other eyes see it, and as a grey printer prints it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from analysis.old.style import luminance, parse_hex

# Machado, Oliveira & Fernandes (2009), A physiologically-based model for simulation of color vision
# deficiency, IEEE TVCG 15: 1291-1298, table 1, severity 1.0; they act on linear RGB.
EYES: dict[str, Sequence[Sequence[float]]] = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
GREY = "grey"
COLOUR = re.compile(r"#[0-9a-fA-F]{6}\b")


def simulate_colour(colour: str, eye: str) -> str:
    """A colour as an eye of ``EYES`` sees it, or in ``grey``; hexadecimal in and out.

    >>> simulate_colour("#d98200", "grey"), simulate_colour("#ffffff", "deuteranopia")
    ('#969696', '#ffffff')
    """
    if eye == GREY:
        return _hex([luminance(colour)] * 3)
    linear = [_linear(channel) for channel in parse_hex(colour)]
    seen = [sum(weight * channel for weight, channel in zip(row, linear, strict=True)) for row in EYES[eye]]
    return _hex(seen)


def simulate_drawing(svg: str, eye: str) -> str:
    """An SVG with every colour as an eye of ``EYES`` sees it, or in ``grey``."""
    return COLOUR.sub(lambda found: simulate_colour(found.group(), eye), svg)


def _hex(linear: Sequence[float]) -> str:
    return "#" + "".join(f"{round(255 * _gamma(min(max(channel, 0.0), 1.0))):02x}" for channel in linear)


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
