"""What is called how on the desk's pages: the ledger's words (data, `words.toml`), documents, issuers, channels, months."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.office.answers import CHANNELS
from pipeline.office.shop import Shop
from pipeline.rules.eras import wareki

_SECTIONS = {"state": "orders", "role": "roles", "list": "lists", "kind": "entries"}  # what is told in a section's words
_WEEK = "月火水木金土日"


@cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """All words by section."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def word(section: str, name: str) -> str:
    """A word of a section; what has none is called as the ledger calls it."""
    return str(words()[section].get(name, name))


def detail(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an entry says, name by name; a structure's parts each for themselves."""
    for name, value in told.items():
        if name == "problems":  # of a check: they stand on its own page
            continue
        if isinstance(value, dict):
            yield from detail(value)
        elif value not in ("", None, []):
            yield word("details", name), word(_SECTIONS[name], str(value)) if name in _SECTIONS else _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, list):
        return "、".join(map(_text, value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{text[:12]}…" if len(text) == 64 and text.isalnum() else text  # a digest: the check compares it, not people


def month(day: date) -> str:
    """令和8年11月."""
    return wareki(day).partition("月")[0] + "月"


def month_day(day: date) -> str:
    """11月23日（月）."""
    return f"{day.month}月{day.day}日（{_WEEK[day.weekday()]}）"


class Titles(NamedTuple):
    """Titles of documents, issuers and channels for templates; what the project does not know (any more) by its id."""

    shop: Shop

    def document(self, name: str) -> str:
        """A document type's title."""
        return self.shop.layout(name).title if name in self.shop.documents() else name

    def issuer(self, name: str) -> str:
        """An insurer's name."""
        return self.shop.issuer(name).name if name in self.shop.issuers() else name

    def channel(self, name: str) -> str:
        """How something is sent."""
        return CHANNELS.get(name, name)
