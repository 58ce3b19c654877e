"""The message catalogue: every code is used, says the same in both languages, and tells the clerk what to do next."""

import re
from string import Formatter

import pytest

from pipeline.base.problems import Problem, catalogue

PARTS = ("ja", "next_ja", "en", "next_en")
JAPANESE = re.compile("[぀-ヿ一-鿿]")


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("code", catalogue())
def test_an_entry_is_whole(code: str) -> None:
    entry = catalogue()[code]
    assert set(entry) == set(PARTS)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
    assert all(entry[part].strip() == entry[part] != "" for part in PARTS)
    assert JAPANESE.search(entry["ja"]) and JAPANESE.search(entry["next_ja"])
    english = entry["en"] + entry["next_en"]  # may name a Japanese column, but is an English sentence
    assert re.search("[a-z]{2,} [a-z]{2,}", english) and not re.search("です|ます|ません|ください", english)
    assert all(re.fullmatch(r"[a-z_]+", name) for part in PARTS for name in names(entry[part]))


@pytest.mark.parametrize("code", catalogue())
def test_values_stand_in_the_sentences(code: str) -> None:
    entry = catalogue()[code]
    wanted = {part: names(entry[part]) for part in PARTS}
    problem = Problem(code, "x", {name: f"<{name}>" for name in set().union(*wanted.values())})
    told = problem.as_json()
    for part, key in zip(PARTS, ("message", "hint", "message_en", "hint_en"), strict=True):
        assert {name for name in names(entry[part]) if f"<{name}>" in told[key]} == wanted[part]


@pytest.mark.parametrize("code", catalogue())
def test_the_next_step_is_a_polite_sentence(code: str) -> None:
    """The hint asks for something, ends a sentence, or gives the list of what can be chosen."""
    hint = catalogue()[code]["next_ja"]
    assert re.search(r"(ください|ます|ません|です)", hint), hint
    assert re.search(r"(。|）|\}|[0-9A-Za-z\]])$", hint), hint
