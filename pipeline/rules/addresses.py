"""住所表示番号: what of an address goes into a customer barcode; and which address may stand where.

Source: Japan Post, 郵便番号・バーコードマニュアル p17–p20 (extraction, its basic and supplementary rules), p22 (large
offices: the postcode alone). The manual works on the part after the town (住所B); a record has one text, so what of the
town's own name could be taken for a number is left out, and that is OURS (`_first`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMERALS = "〇零一二三四五六七八九十百千"
_VALUES = {char: n for n, char in enumerate("〇一二三四五六七八九")} | {"零": 0}
_POWERS = {"十": 10, "百": 100, "千": 1000}
_DROPPED = str.maketrans("", "", "&/・.")
_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFF65: 0x30FB}
# Kanji numerals count as figures before these words (supplementary rule 1).
_COUNTED = re.compile(rf"([{_NUMERALS}]+)(丁目|丁|番地|番|号|地割|線|の|ノ)")
_ALWAYS = ("丁目", "番地", "地割")
_NEXT = re.compile(rf"[0-9\s{_NUMERALS}‐‑–—―−ー\-]|$")
_TAKEN = re.compile(r"[0-9]+|(?<![A-Z])[A-Z](?![A-Z])|-")
_FLOOR = re.compile(r"(?<=[0-9])F(?![A-Z])")


def customer_code(postcode: str, address: str) -> str:
    """郵便番号と住所表示番号: the text of a customer barcode, postcode first, without hyphen; empty if there shall be none.

    There is none without a whole postcode, nor with the postcode of a whole municipality, whose last two figures are 00
    (p18). An address whose number cannot be found gives the postcode alone.
    """
    figures = postcode.translate(_HALF).replace("-", "").replace("‐", "").replace("−", "")
    if not re.fullmatch(r"[0-9]{7}", figures) or figures.endswith("00"):
        return ""
    return figures + display_number(address)


def display_number(address: str) -> str:
    """住所表示番号: the figures, hyphens and single letters of an address, as long as they are (p19).

    What stands between two of them becomes one hyphen; none stands first, none beside a letter. The F of a floor (2F) counts
    as what stands between. Empty if nothing can surely be told from the town's name.
    """
    text = address.translate(_HALF).upper().translate(_DROPPED)
    text = _COUNTED.sub(lambda found: f"{_value(found[1])}{found[2]}", text[_first(text) :])
    text = _FLOOR.sub(" ", text)
    parts: list[str] = []
    end = 0
    for found in _TAKEN.finditer(text):
        if found.start() > end:
            parts.append("-")
        parts.append(found[0])
        end = found.end()
    joined = re.sub("-+", "-", "".join(parts)).removeprefix("-")
    return re.sub("-?([A-Z])-?", r"\1", joined)


def _first(text: str) -> int:
    """Where the first item stands that is no part of a town's name: 四丁六番 counts, 八丁堀, 三番町 and 二の宮 are names."""
    counted = (found for found in _COUNTED.finditer(text) if found[2] in _ALWAYS or _NEXT.match(text, found.end()))
    plain = (found for found in _TAKEN.finditer(text) if found[0] != "-")
    return min((found.start() for found in (next(counted, None), next(plain, None)) if found), default=len(text))


def _value(numerals: str) -> int:
    """十一 → 11, 二〇三 → 203."""
    if not any(char in _POWERS for char in numerals):
        return int("".join(str(_VALUES[char]) for char in numerals))
    total = waiting = 0
    for char in numerals:
        if char in _POWERS:
            total += (waiting or 1) * _POWERS[char]
            waiting = 0
        else:
            waiting = waiting * 10 + _VALUES[char]
    return total + waiting


# Where an address comes from (住所区分 of the member file).
REGISTER, REPORTED, EMPLOYER = "住民票", "届出", "事業所"


@dataclass(frozen=True)
class AsDelivered:
    """Every address is used as it was delivered, but that of the employer never for a home (§9 row 15)."""

    def is_home(self, source: str) -> bool:
        """Whether mail for a home may go to an address of this 住所区分."""
        return source != EMPLOYER

    def is_printed(self, source: str) -> bool:
        """Whether an address of this 住所区分 is printed as the member's; else the column stays free for the holder."""
        return self.is_home(source)


@dataclass(frozen=True)
class Proven(AsDelivered):
    """Only addresses of these 住所区分: `home` for mail to a home, `printed` as the member's address on a document; an
    address of none of them is not known where from. OURS: sources ask for provenance, none has a rule."""

    home: tuple[str, ...] = (REGISTER, REPORTED)
    printed: tuple[str, ...] = (REGISTER,)

    def __post_init__(self) -> None:
        for name, value in (("home", self.home), ("printed", self.printed)):
            if not isinstance(value, list | tuple) or any(one not in (REGISTER, REPORTED) for one in value):
                raise ValueError(f"{name}: {value!r} is not a list of {REGISTER}, {REPORTED}")

    def is_home(self, source: str) -> bool:
        """See AsDelivered."""
        return source in self.home

    def is_printed(self, source: str) -> bool:
        """See AsDelivered."""
        return source in self.printed


ADDRESSES: Mapping[str, type[AsDelivered]] = {"as-delivered": AsDelivered, "proven": Proven}
