"""Parts of sentences that say figures: shares by group, a difference and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence

from analysis.words.figures import Difference
from analysis.words.language import Voice, rounded

MOST_LISTED = 3  # shares of groups in one sentence


def list_shares(shares: Sequence[tuple[str, float]], voice: Voice) -> str:
    """Groups with their shares, 0 to 1; of many groups only the lowest and the highest."""
    if len(shares) == 1:
        return voice.share(shares[0][1])
    if len(shares) <= MOST_LISTED:
        return voice.listed(
            [
                voice.say("phrases.share_there", percent=voice.share(share), where=voice.within(group))
                for group, share in shares
            ]
        )
    low, high = (end(shares, key=lambda pair: pair[1]) for end in (min, max))
    return voice.say(
        "phrases.span_there",
        low=voice.share(low[1]),
        where_low=voice.within(low[0]),
        high=voice.share(high[1]),
        where_high=voice.within(high[0]),
    )


def size_phrase(difference: Difference, voice: Voice) -> str:
    """How large a difference is, without its sign: ``18 percentage points``, or its range over all tables."""
    low, high = sorted((abs(difference.estimate_low), abs(difference.estimate_high)))
    if difference.estimate_low < 0 < difference.estimate_high:
        return voice.points_range(difference.estimate_low, difference.estimate_high)
    return voice.points_range(low, high, sign=False)


def change_phrase(difference: Difference, voice: Voice) -> str:
    """A difference in percentage points with its sign; its range over all tables as more or less."""
    low, high = difference.estimate_low, difference.estimate_high
    if rounded(100 * low, voice.decimals) == rounded(100 * high, voice.decimals) or low < 0 < high:
        return voice.points_range(low, high)
    return voice.say("phrases.more" if high > 0 else "phrases.less", points=size_phrase(difference, voice))


def figure_phrase(difference: Difference, voice: Voice) -> str:
    """A difference in bare points with its sign, for a card or a label: ``+18``, ``+16 to +20``."""
    return voice.interval(difference.estimate_low, difference.estimate_high, sign=True)


def interval_phrase(voice: Voice, level: float, interval: str) -> str:
    """An interval with its level: ``95% confidence interval +2 to +33``; the level a share."""
    places = 0 if rounded(100 * level, 0) == rounded(100 * level, 1) else 1
    return voice.say("phrases.interval", level=voice.number(100 * level, places), interval=interval)


def share_then(percent: float, voice: Voice) -> str:
    """A published share in per cent; a dash where it was not published."""
    return "–" if math.isnan(percent) else voice.percent(percent)
