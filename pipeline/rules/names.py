"""氏名の文字: characters that a delivered text must not have. Nothing is corrected or normalised: the record is held.

Source: domain §7.3 — ●, ■, 〓, U+FFFD, private use and ? stand where a system lost a character. What is invisible or
turns the reading direction, and code points that are no characters, are refused too (OURS). A variation selector
belongs to the ideograph before it and is kept.
"""

import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import cache

LOST = "●■〓\ufffd"
NAME_LENGTH = 100  # characters; OURS (domain §7.8)

_IDEOGRAPH = r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003fffd"
_REFUSED = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SELECTOR = r"\ufe00-\ufe0f\U000e0100-\U000e01ef"
_QUESTION = re.compile("[?？]")
_SUSPECT = re.compile(rf"[{LOST}?？{_SELECTOR}]")


@cache
def _refused() -> re.Pattern[str]:
    """Every code point that is refused, and a variation selector without an ideograph. Made when first needed: it
    takes 0.2 s."""
    parts: list[str] = []
    start = -1
    for code in range(sys.maxunicode + 2):
        ideographic = 0x20000 <= code <= 0x3FFFD  # also those assigned after this Python's Unicode
        bad = code <= sys.maxunicode and not ideographic and unicodedata.category(chr(code)) in _REFUSED
        if bad and start < 0:
            start = code
        elif not bad and start >= 0:
            parts.append(f"\\U{start:08x}-\\U{code - 1:08x}")
            start = -1
    return re.compile(rf"[{LOST}{''.join(parts)}]|(?<![{_IDEOGRAPH}])[{_SELECTOR}]")


def refused_characters(text: str, name: bool = False) -> list[tuple[int, str]]:
    """Position (from 1) and `U+25CF` of each refused character; in a name (`name`) also of question marks."""
    found = [(match.start() + 1, match[0]) for match in _refused().finditer(text)]
    if name:
        found += [(match.start() + 1, match[0]) for match in _QUESTION.finditer(text)]
    return [(position, f"U+{ord(character):04X}") for position, character in sorted(found)]


def all_clean(texts: Iterable[str]) -> bool:
    """A quick look at many texts: True is certain, none has a refused character or a blank edge; False asks for a
    closer look."""
    row = f"|{'|'.join(texts)}|".replace("\u3000", " ")
    return "| " not in row and " |" not in row and row.isprintable() and _SUSPECT.search(row) is None


def has_blank_edge(text: str) -> bool:
    """Whether a text begins or ends with a blank of any width."""
    return text[:1].isspace() or text[-1:].isspace()
