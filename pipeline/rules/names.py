"""氏名の文字: characters that a delivered text must not have, and which name and sex stand on the front and the back. Nothing
is corrected or normalised: the record is held.

Source: sources §7.3 — ●, ■, 〓, U+FFFD, private use and ? stand where a system lost a character. What is invisible or
turns the reading direction, and code points that are no characters, are refused too (OURS). A variation selector
belongs to the ideograph before it and is kept.
"""

import re
import unicodedata
from collections.abc import Iterable

from pipeline.model.member import Member

LOST = "●■〓\ufffd"
HONORIFICS = ("様", "殿", "御中")  # written where a name is printed, in one place only (sources §9 row 2)
NAME_LENGTH = 100  # characters; OURS (sources §7.8)

_IDEOGRAPH = re.compile(r"[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd]")
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SELECTORS = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SELECTOR = re.compile(f"[{_SELECTORS}]")
_SUSPECT = re.compile(rf"[{LOST}?？{_SELECTORS}]")


def refused_characters(text: str, name: bool = False) -> list[tuple[int, str]]:
    """Position (from 1) and `U+25CF` of each refused character; in a name (`name`) also of question marks."""
    return [
        (position, f"U+{ord(char):04X}")
        for position, (before, char) in enumerate(zip(f" {text}", text, strict=False), 1)
        if _is_refused(char, before) or (name and char in "?？")
    ]


def _is_refused(char: str, before: str) -> bool:
    """Whether a character must not be in a delivered text; a variation selector needs an ideograph before it."""
    if _SELECTOR.match(char):
        return _IDEOGRAPH.match(before) is None
    if char in LOST:
        return True
    # an ideograph assigned after this Python's Unicode has no category yet
    return unicodedata.category(char) in _REFUSED and not _IDEOGRAPH.match(char)


def all_clean(texts: Iterable[str]) -> bool:
    """A quick look at many texts: True is certain, none has a refused character, a blank edge or an honorific at its end;
    False asks for a closer look."""
    row = f"|{'|'.join(texts)}|".replace("\u3000", " ")
    if "| " in row or " |" in row or "様|" in row or "殿|" in row or "御中|" in row:
        return False
    return row.isprintable() and _SUSPECT.search(row) is None


def honorific_of(text: str) -> str:
    """The honorific that a name ends with, or nothing: it would be printed twice."""
    return next((one for one in HONORIFICS if text.endswith(one)), "")


def has_blank_edge(text: str) -> bool:
    """Whether a text begins or ends with a blank of any width."""
    return text[:1].isspace() or text[-1:].isspace()


def front_name(member: Member) -> str:
    """氏名 of the front: the 通称名 where the member has one (sources §7.4)."""
    return member.alias_name or member.name


def front_sex(member: Member, see_back: str = "裏面参照") -> str:
    """性別 of the front: 「裏面参照」 where the member wishes it on the back (sources §7.4)."""
    return see_back if member.sex_display == "裏" else member.sex


def back_notes(member: Member, name_is: str = "戸籍上の氏名は", sex_is: str = "戸籍上の性別は") -> list[str]:
    """備考 of the back: the registered name behind a 通称名, the registered sex that the front does not show.

    Source: sources §7.4 (MHLW 平成29年8月31日 for the old card, by analogy).
    """
    notes = [f"{name_is}{member.registered_note or member.name}"] if member.alias_name else []
    return [*notes, f"{sex_is}{member.sex}"] if member.sex_display == "裏" else notes
