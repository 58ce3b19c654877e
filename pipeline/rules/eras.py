"""和暦: Japanese eras, written and read.

Source: domain of the 元号 (1873-01-01 is the first day of the solar calendar; 大正 1912-07-30, 昭和 1926-12-25, 平成
1989-01-08, 令和 2019-05-01). The first year is 元年. Era and year are computed together, never pasted: 「令和31年」
was printed that way.
"""

import re
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple


class Era(NamedTuple):
    """An era by its letter; `last` is its last day. `zero` is the Gregorian year before its first."""

    name: str
    letter: str
    first: date
    last: date
    zero: int


_STARTS = (
    ("明治", "M", date(1873, 1, 1), 1867),
    ("大正", "T", date(1912, 7, 30), 1911),
    ("昭和", "S", date(1926, 12, 25), 1925),
    ("平成", "H", date(1989, 1, 8), 1988),
    ("令和", "R", date(2019, 5, 1), 2018),
    ("", "", date(2100, 1, 1), 2099),  # dates from here on are taken for typing errors (OURS)
)
ERAS = tuple(
    Era(name, letter, first, date.fromordinal(after[2].toordinal() - 1), zero)
    for (name, letter, first, zero), after in pairwise(_STARTS)
)
_LATEST_FIRST = ERAS[::-1]
_BY_WORD = {word: era for era in ERAS for word in (era.name, era.letter)}

_HALF = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_WESTERN = re.compile(r"([0-9]{4})(?:([0-9]{2})([0-9]{2})|([-/])([0-9]{1,2})\4([0-9]{1,2}))")
_JAPANESE = re.compile(
    "(明治|大正|昭和|平成|令和) ?(元|[0-9]{1,2}| [0-9])年 ?([0-9]{1,2})月 ?([0-9]{1,2})日"
    r"|([MTSHR])(元|[0-9]{1,2})\.([0-9]{1,2})\.([0-9]{1,2})"
)


@lru_cache(maxsize=65536)
def wareki(day: date, padded: bool = False) -> str:
    """`day` as 令和6年12月2日; padded with blanks to two places, 平成元年 5月10日 (sources §1.3). ValueError outside
    明治6年–2099."""
    for era in _LATEST_FIRST:
        if era.first <= day <= era.last:
            year = day.year - era.zero
            shown = "元" if year == 1 else str(year)
            if padded:
                return f"{era.name}{shown}年{day.month:2}月{day.day:2}日"
            return f"{era.name}{shown}年{day.month}月{day.day}日"
    raise ValueError(f"{day.isoformat()} lies in no era that is printed")


def parse_date(text: str) -> date:
    """The date of `2024-12-02`, `20241202`, `2024/12/2`, `令和6年12月2日`, `R6.12.2`, also in full-width figures.

    ValueError if it is none of these, no day of the calendar, outside 1873–2099, or its era had no such day.
    """
    half = text.translate(_HALF)
    if found := _WESTERN.fullmatch(half):
        year, month, day = found[1], found[2] or found[5], found[3] or found[6]
        result = date(int(year), int(month), int(day))
        if not ERAS[0].first <= result <= ERAS[-1].last:
            raise ValueError("the year is out of range")
        return result
    if found := _JAPANESE.fullmatch(half):
        word, year, month, day = (found[n] or found[n + 4] for n in range(1, 5))
        era = _BY_WORD[word]
        result = date(era.zero + (1 if year == "元" else int(year)), int(month), int(day))
        if not era.first <= result <= era.last:
            raise ValueError(f"{era.name} had no such day")
        return result
    raise ValueError("no known form of a date")
