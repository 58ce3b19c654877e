"""Masking: a record that can be shown to a printing company. OURS.

Every character gives way to one of its own kind, so that lengths, line breaks and typefaces stay as they were; what is kept
is what the print depends on: blanks, signs, the codes of categories, and the characters that are asked to be kept. Of days the
year remains. The code values of the member file (区分, 交付事由 …) tell nobody from another and stay.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from itertools import cycle
from typing import Any

from pipeline.model.member import Member

_KINDS = (
    (re.compile("[一-鿿㐀-䶿豈-﫿\U00020000-\U0003ffff々]"), "見本"),
    (re.compile("[ぁ-ゖ]"), "みほん"),
    (re.compile("[ァ-ヺ]"), "ミホン"),
    (re.compile("[ｦ-ｯｱ-ﾝ]"), "ﾐﾎﾝ"),
    (re.compile("[0-9]"), "1234567890"),
    (re.compile("[０-９]"), "１２３４５６７８９０"),
    (re.compile("[A-Z]"), "MIHON"),
    (re.compile("[a-z]"), "mihon"),
    (re.compile("[Ａ-Ｚ]"), "ＭＩＨＯＮ"),
    (re.compile("[ａ-ｚ]"), "ｍｉｈｏｎ"),
)
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_TEXTS = (
    "symbol", "number", "name", "kana", "alias_name", "registered_note", "insured_name", "office_id", "office_name",
    "postcode", "address", "acceptance_number", "last4",
)  # fmt: skip
_DAYS = ("birth", "qualified_on", "certified_on")


def masked(member: Member, kept: Collection[str] = ()) -> Member:
    """The member with every personal text masked but for the characters (with their selectors) in `kept`."""
    hidden: dict[str, Any] = {name: mask(getattr(member, name), kept) for name in _TEXTS}
    hidden |= {name: _first_of_year(getattr(member, name)) for name in _DAYS}
    return replace(member, **hidden)


def mask(text: str, kept: Collection[str] = ()) -> str:
    """A text in which every letter, figure and kanji is another of its kind; those in `kept` stand as they are."""
    masks = [cycle(letters) for _, letters in _KINDS]
    done = ""
    for char, selector in re.findall(f"(.)({_SELECTORS.pattern}?)", _stray(text), re.DOTALL):
        kind = next((n for n, (pattern, _) in enumerate(_KINDS) if pattern.match(char)), None)
        if char + selector in kept or kind is None:
            done += char + selector
        else:
            done += next(masks[kind])
    return done


def _stray(text: str) -> str:
    """The text without a selector at its beginning, which selects nothing."""
    return _SELECTORS.sub("", text[:1]) + text[1:]


def _first_of_year(day: date | None) -> date | None:
    return day and date(day.year, 1, 1)
