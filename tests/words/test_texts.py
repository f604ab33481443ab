"""The texts themselves: complete, each language by itself, in the agreed terms."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import analysis
from analysis.codebook import LANGUAGES, load_codebook

HOME = Path(analysis.__file__).parent
FILES = sorted((HOME / "words").glob("*.toml"))
# words that belong to one language only, so that one of them in another's text is a slip
OWN_WORDS = {
    "fi": "ovat että tai jos mutta kuin joka jotka ei eivät myös niistä vastausta kyselyn osuus ero",
    "sv": "och är inte för som att av ett eller från också när svar andel skillnad frågan enkäten",
    "en": "the and of is are not with that which from their this these answers share difference question",
}
# what was mended, by language; none of it may come back
MENDED = {
    "fi": [
        *("koordinaattor", "kahvihetk", "yhdenvertaisuus", "n-par", "olisi(vat)? voinut painaa", "palautet"),
        *("Pitää joka sopivassa", "sopivi?ss?a taulukoi?ssa", "eri ahkeruu", "[Vv]ähintään ”", "[Ss]alat"),
        *("[Vv]aihe vaiheelta", r"\d ammatillisissa"),
    ],
    "sv": [
        *(
            r"[Ss]tadium\b",
            "[Ss]tadier",
            "kaffestund",
            "[Bb]ildserie",
            "klar[at]? (skillnad|förändring)",
            r"(skillnad|förändring)\w* är klar",
            r"^(inte )?klar\b",
        ),
        *("[Ss]ekretess", "[Mm]inst .*minst", "[Vv]ad kan sägas"),
    ],
    "en": [
        *(
            "can(not)? bear",
            "carries its n",
            "every reading that was not",
            "chance move",
            "silent ones",
            "levelled",
        ),
        *("to take away", "disks that lie", "a sound file", "1 pictures", "Has experiments"),
        *("Versatile experience", "[Ii]nternationality"),
    ],
}
OPEN_ENDED = {
    "rules",
    "recovery",
    "page",
}  # whose keys are codes: of rules, of what recovery or a pasted table gave


def texts_of(path: Path) -> dict[str, dict[str, str]]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def codebook_texts(node: object, lang: str) -> Iterator[str]:
    """Every text of one language in the shipped codebook."""
    if isinstance(node, dict):
        if isinstance(node.get(lang), str):
            yield node[lang]
        for value in node.values():
            yield from codebook_texts(value, lang)
    elif isinstance(node, list):
        for value in node:
            yield from codebook_texts(value, lang)


def all_texts(lang: str) -> list[tuple[str, str]]:
    words = [
        (f"{path.stem}.{key}", text[lang])
        for path in FILES
        for key, text in texts_of(path).items()
        if lang in text
    ]
    return words + [("codebook", text) for text in codebook_texts(load_codebook(), lang)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_key_has_every_language_and_the_same_places(path: Path) -> None:
    for key, text in texts_of(path).items():
        assert set(text) == set(LANGUAGES), key
        places = [{name for _, name, _, _ in Formatter().parse(text[lang]) if name} for lang in LANGUAGES]
        assert places[0] == places[1] == places[2], key


def test_a_text_stands_once() -> None:
    """Places alone, as ``{low}–{high}``, are no text; the same words in every language are the same text."""
    places: dict[tuple[str, ...], list[str]] = {}
    for path in FILES:
        for key, text in texts_of(path).items():
            if re.search(r"[^\W\d_]{2}", re.sub(r"\{\w*\}", "", "".join(text.values()))):
                places.setdefault(tuple(text.values()), []).append(f"{path.stem}.{key}")
    assert [keys for keys in places.values() if len(keys) > 1] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_word_of_another_language_stands_in_a_text(lang: str) -> None:
    foreign = {word: other for other in LANGUAGES if other != lang for word in OWN_WORDS[other].split()}
    slips = {
        (place, word)
        for place, text in all_texts(lang)
        for word in re.findall(r"[^\W\d_]+", re.sub(r"\{\w*\}|“.*?”|”.*?”", "", text.lower()))
        if word in foreign
    }
    assert slips == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_that_was_mended_comes_back(lang: str) -> None:
    assert [(place, text) for place, text in all_texts(lang) if re.search("|".join(MENDED[lang]), text)] == []


def documents() -> Iterator[tuple[str, str]]:
    """What stands in README and guides, notebooks, code (messages and docstrings) and templates; no log."""
    root = HOME.parent
    for path in [root / "README.md", root / "data" / "README.md", *sorted(HOME.rglob("*.md"))]:
        yield path.name, path.read_text(encoding="utf-8").partition("## Log of changes")[0]
    for path in sorted([*HOME.rglob("*.py"), *HOME.rglob("*.html"), *HOME.rglob("*.j2")]):
        yield str(path.relative_to(root)), path.read_text(encoding="utf-8")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            yield path.name, "".join(cell["source"])


def test_no_document_notebook_or_message_has_a_phrase_that_was_mended() -> None:
    found = {
        (place, match[0])
        for place, text in documents()
        for match in re.finditer("|".join(MENDED["en"]), " ".join(text.split()))
    }
    assert found == set()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_typography_follows_the_language(lang: str) -> None:
    for place, text in all_texts(lang):
        assert not re.search(r"\d%" if lang != "en" else r"\d[ \u00a0]%", text), place
        assert not re.search(r"[\d}] %", text), place
        assert not re.search(r"(?<![\w}])-(\{|\d)", text), place  # a hyphen is no minus
        assert not re.search(r'"| {2}', text), place
        assert "“" not in text or lang == "en", place


def test_every_sentence_is_used() -> None:
    """A key is written whole in the code, or its beginning is before a place, or by itself in a template."""
    sources = [path for path in HOME.rglob("*") if path.suffix in {".py", ".html", ".j2", ".js", ".jinja"}]
    code = "\n".join(
        path.read_text(encoding="utf-8") for path in sources if "old" not in path.relative_to(HOME).parts
    )
    strings = set(re.findall(r"[\"'.\[]([\w.]+)(?=[\"'}\s)\],({|])", code))
    begun = {start for start in strings if re.fullmatch(r"[a-z]+\.\w+_", start)}
    unused = [
        f"{path.stem}.{key}"
        for path in FILES
        for key in texts_of(path)
        if not {f"{path.stem}.{key}", key} & strings
        and not any(f"{path.stem}.{key}".startswith(start) for start in begun)
        and f"}}_{key.rpartition('_')[2]}" not in code  # an ending after a place, as {name}_heading
        and path.stem not in OPEN_ENDED
    ]
    assert unused == []


def test_every_key_that_the_code_says_exists() -> None:
    keys = {f"{path.stem}.{key}" for path in FILES for key in texts_of(path)}
    stems = "|".join(path.stem for path in FILES)
    said = set()
    for source in HOME.rglob("*.py"):
        if "old" not in source.relative_to(HOME).parts:
            said |= set(re.findall(rf'say\(\s*"((?:{stems})\.\w+)"', source.read_text(encoding="utf-8")))
    assert sorted(said - keys) == []


def test_the_publishers_words_stay_as_printed() -> None:
    codebook = load_codebook()
    stages = [codebook.word("stage", stage, "fi", "answer") for stage in codebook.stages]
    assert stages == [
        "Sitä ei ole ollut lainkaan",
        "Olemme suunnitelleet sitä",
        "Valmistelemme tai pilotoimme parhaillaan virtuaalista toimintaa",
        "Meillä on jo kokeiluja virtuaalisesta kv-toiminnasta",
        "Meillä on monipuolisia kokemuksia virtuaalisesta kv-toiminnasta",
    ]
    assert codebook.text("question", "fi") == (
        "Millaisessa roolissa virtuaalinen kansainvälinen toiminta on oppilaitoksessanne?"
    )
    text = json.dumps(codebook, ensure_ascii=False)
    for word in (
        "kansainvälisyysvastaav",
        "virtuaaliset kahvitauot",
        "tasa-arvoisuus",
        "tunnistaa ja tunnustaa",
    ):
        assert word in text
    assert codebook.text("name", "fi") == "Virtuaaliyhteistyön selvitys"
