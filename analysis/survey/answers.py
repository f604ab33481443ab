"""What respondents answered: a code or label of the codebook in any language, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from analysis.errors import RequestError, quote, unknown_code
from analysis.survey.cells import Vocabulary, alphabet_of, compose, find_foreign

if TYPE_CHECKING:
    from analysis.codebook import Codebook

Missing = Mapping[str, str | Iterable[object]]  # reason and the values that mean it

DECLARED = " (declared missing in the file)"  # behind the label of a value that is no answer by its file
REASONS = ("not_asked", "dont_know", "missing")
USUAL = {
    "not_asked": ("not_asked", "not asked", "ei kysytty", "inte tillfrågad", "ej tillfrågad"),
    "dont_know": (
        *("dont_know", "don't know", "don’t know", "do not know", "can't say", "can’t say", "cannot say"),
        *("en osaa sanoa", "en tiedä", "eos", "vet inte", "vet ej", "kan inte säga"),
    ),
    "missing": ("", "missing", "no answer", "ei vastausta", "puuttuu", "inget svar", "uppgift saknas"),
}


class Answer(NamedTuple):
    """What a value means: a code, or the reason why there is none."""

    code: str | None
    reason: str | None


class AnswerReader:
    """Reads the values of one column, ``group`` or ``stage``; a caller's reasons come before the usual ones.

    Raises
    ------
    RequestError
        ``missing`` names an unknown reason, or declares a value that is a code or label of the codebook.
    """

    def __init__(self, codebook: Codebook, column: str, missing: Missing | None = None) -> None:
        self.column = column
        self._vocabulary = Vocabulary(codebook, column)
        self._alphabet = alphabet_of(self._vocabulary.words)
        self._reasons = {word: reason for reason, words in USUAL.items() for word in words}
        for reason, values in (missing or {}).items():
            if reason not in REASONS:
                raise RequestError(unknown_code("a reason for no answer", reason, REASONS))
            for value in [values] if isinstance(values, str) else values:
                self._declare(reason, text_of(value).strip())

    @property
    def codes(self) -> list[str]:
        """The codes of the column in the codebook's order."""
        return self._vocabulary.codes

    def read(self, value: object) -> Answer | None:
        """What a value as it stands in the source means; None when it means nothing known.

        What its file declares as missing is never a code, whatever its label says; it may say the reason.
        """
        text = text_of(value).strip()
        if text.endswith(DECLARED):
            return Answer(None, self._reasons.get(_fold(text.removesuffix(DECLARED)), "missing"))
        code = self._vocabulary.means(text)
        if code is not None:
            return Answer(code, None)
        reason = self._reasons.get(_fold(text))
        return Answer(None, reason) if reason else None

    def explain(self, value: object) -> str:
        """What to say of a value that means nothing known: the codes, the nearest one, strange characters."""
        text = text_of(value).strip()
        foreign = find_foreign(text, self._alphabet)
        holds = f"; it holds {', '.join(foreign[:3])}" if foreign else ""
        return unknown_code(self.column, text, self.codes) + holds

    def _declare(self, reason: str, text: str) -> None:
        code = self._vocabulary.means(text)
        if code is not None:
            problem = f"{quote(text)} cannot mean {reason}: it is {self.column} '{code}' in the codebook"
            raise RequestError(problem)
        self._reasons[_fold(text)] = reason


def text_of(value: object) -> str:
    """A value of any engine as text: empty where there is none, without the ``.0`` of a whole number."""
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, float | Decimal):
        if value != value:  # noqa: PLR0124  (nan differs from itself)
            return ""
        is_whole = float(value).is_integer() and abs(float(value)) < 2.0**63
        return str(int(value)) if is_whole else str(value)
    text = str(value)
    return "" if text in {"<NA>", "NaT"} and not isinstance(value, str) else text


def _fold(text: str) -> str:
    return " ".join(compose(text).casefold().split())
