"""What was done to a wave before it was published, as the sources of its rows say it: weights, withholding.

A table has no column for it, and rows lose what a frame carries beside them. So own tabulations say it in
the source of each row, in fixed words, and whoever reads the table declares it of the wave.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from analysis.codebook import WITHHELD_MARK, Codebook

if TYPE_CHECKING:
    from analysis.survey.rows import SurveyRow

WEIGHTED = re.compile(r", weighted \(effective n ([0-9]+)\)(?=$|;)")
WITHHELD = re.compile(r"; ([^;]+) withheld, so that no count below ([0-9]+) shows$")


def mark_weighted(source: str, effective: float) -> str:
    """The source of rows whose percentages are weighted.

    Examples
    --------
    >>> mark_weighted("own tabulation", 156.1)
    'own tabulation, weighted (effective n 156)'
    """
    return f"{source}, weighted (effective n {effective:.0f})"


def mark_withheld(stages: Sequence[str], minimum: int) -> str:
    """What follows the source of rows beside which stages were withheld."""
    return WITHHELD_MARK.format(stages=", ".join(stages), minimum=minimum)


def declare_marks(codebook: Codebook, rows: Iterable[SurveyRow]) -> Codebook:
    """The codebook with what the sources of rows say of their waves; what it declares itself goes first.

    Returns
    -------
    Codebook
        The same where no source says anything. Of a wave ``weighted`` is true, ``effective`` the effective
        n by group, ``withheld`` an object with ``minimum`` and ``stages``.
    """
    facts: dict[str, dict[str, Any]] = defaultdict(dict)
    for wave, group, source in dict.fromkeys((row.wave, row.group, row.source) for row in rows):
        if sizes := WEIGHTED.findall(source):
            facts[wave]["weighted"] = True
            if len(sizes) == 1:  # a wide table joins the sources of its groups
                facts[wave].setdefault("effective", {})[group] = int(sizes[0])
        if found := WITHHELD.search(source):
            stages = [stage for stage in codebook.stages if stage in found[1].split(", ")]
            facts[wave]["withheld"] = {"minimum": int(found[2]), "stages": stages}
    told = {wave: found | codebook.wave(wave) for wave, found in facts.items()}
    return codebook.declare_all(told) if told else codebook
