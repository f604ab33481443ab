"""Parts of sentences that say figures: a difference, its interval, a share."""

from __future__ import annotations

import math

from analysis.words.figures import Contrast
from analysis.words.language import Voice


def size_phrase(difference: Contrast, voice: Voice) -> str:
    """How large a difference is, without its sign: ``18 percentage points``, or its range over all tables."""
    low, high = sorted((abs(difference.estimate_low), abs(difference.estimate_high)))
    if difference.estimate_low < 0 < difference.estimate_high:
        return voice.points_range(difference.estimate_low, difference.estimate_high)
    return voice.points_range(low, high, sign=False)


def figure_phrase(difference: Contrast, voice: Voice) -> str:
    """A difference in bare points with its sign, for a card or a label: ``+18``, ``+16 to +20``."""
    return voice.interval(difference.estimate_low, difference.estimate_high, sign=True)


def interval_phrase(voice: Voice, level: float, interval: str) -> str:
    """An interval with its level: ``95% confidence interval +2 to +33``; the level a share."""
    return voice.say("phrases.interval", level=voice.of_level(level), interval=interval)


def share_then(percent: float, voice: Voice) -> str:
    """A published share in per cent; a dash where it was not published."""
    return "–" if math.isnan(percent) else voice.percent(percent)
