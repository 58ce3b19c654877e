"""保険者番号・個人番号・郵便番号・引受番号: check digits and forms.

Sources (sources §5): 保険者番号 weights 2,1,2,1… from the right, digits of products summed, modulus 10. 個人番号
総務省令第85号第5条; it is only ever detected, to refuse it. 引受番号 modulus 7 (sources §5.4, confidence M). 記号・番号 as
printed: 保保発第10号 (平成13年2月14日) for the old card of health insurance societies: at most 4 and 7 figures, significant
ones only; others have letters or fixed lengths, so this is a policy of the issuer (sources §5.3).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)

# What may stand between the digits of one number: blanks, hyphens and dashes of any kind, dots, and what is invisible
# (OURS).
_BLANK = r" \u3000\u00a0\t\r\n\u2000-\u200f\u202f\u2060\ufeff\u00ad"
_STROKE = r"\-\u2010-\u2015\u2043\u2212\u2500\u2501\u30fc\ufe58\ufe63\uff0d\uff70_\uff3f~\u301c\uff5e"
_POINT = r".\uff0e\u30fb\uff65\u00b7\u2022\uff61\u3002,\uff0c"
_SEPARATOR = f"[{_BLANK}{_STROKE}{_POINT}]"
_LIKELY = re.compile(rf"\d(?:{_SEPARATOR}{{0,3}}\d){{11}}")
_CHUNK = re.compile(rf"\d(?:{_SEPARATOR}{{0,3}}\d){{11,}}")
_GROUP = re.compile(r"\d+|\D+")
_BLANKS = re.compile(f"[{_BLANK}]")
_STROKES = re.compile(f"[{_STROKE}]")
_POINTS = re.compile(f"[{_POINT}]")
_POSTCODE = re.compile(r"[0-9]{3}-?[0-9]{4}|[０-９]{3}[－‐−-]?[０-９]{4}")
_ACCEPTANCE = re.compile(r"[0-9]{3}-?[0-9]{2}-?[0-9]{5}-?[0-9]|[0-9]{4}-?[0-9]{4}-?[0-9]{4}")


def insurer_check_digit(base: str) -> int:
    """The check digit of the 7 (国保: 5) base digits of an insurer number."""
    total = sum(sum(divmod(int(digit) * (2 - n % 2), 10)) for n, digit in enumerate(reversed(base)))
    return -total % 10


def is_insurer_number(text: str) -> bool:
    """Whether `text` is an insurer number of 8 or 6 half-width digits with the right check digit."""
    return len(text) in (6, 8) and text.isascii() and text.isdigit() and insurer_check_digit(text[:-1]) == int(text[-1])


def my_number_check_digit(base: str) -> int:
    """The check digit of the 11 base digits of a My Number."""
    rest = sum(int(digit) * weight for digit, weight in zip(base, _WEIGHTS, strict=True)) % 11
    return 0 if rest <= 1 else 11 - rest


def my_number_cells(cells: Sequence[str]) -> tuple[int, ...]:
    """The indices of the cells that hold a My Number. Cells are never joined; a row without any costs microseconds."""
    long = [cell for cell in cells if len(cell) > 11]
    if not long or not _LIKELY.search("\x1f".join(long)):
        return ()
    return tuple(n for n, cell in enumerate(cells) if holds_my_number(cell))


def holds_my_number(text: str) -> bool:
    """Whether a text has twelve digits with a My Number's check digit, of any width, with or without separators.

    The twelve stand alone: no digit touches them. With separators they are groups with the same kind between them, or
    all the digits that separators hold together (so two phone numbers side by side are none).
    """
    return any(_has_twelve(found[0]) for found in _CHUNK.finditer(text))


def _has_twelve(chunk: str) -> bool:
    parts = _GROUP.findall(chunk)
    groups, between = parts[0::2], [_kind(part) for part in parts[1::2]]
    if _is_my_number("".join(groups)):
        return True
    for start in range(len(groups)):
        digits = ""
        for end in range(start, len(groups)):
            if end > start + 1 and between[end - 1] != between[start]:
                break
            digits += groups[end]
            if len(digits) >= 12:
                if _is_my_number(digits):
                    return True
                break
    return False


def _kind(separator: str) -> str:
    visible = _POINTS.sub(".", _STROKES.sub("-", _BLANKS.sub("", separator)))
    return visible or " "


def _is_my_number(digits: str) -> bool:
    return len(digits) == 12 and my_number_check_digit(digits[:-1]) == int(digits[-1])


def is_postcode(text: str) -> bool:
    """Whether `text` is a postcode: seven digits of one width, a hyphen after the third allowed."""
    return _POSTCODE.fullmatch(text) is not None


def is_acceptance_number(text: str) -> bool:
    """Whether `text` is a carrier's 引受番号: 11 or 12 digits, the last is the others modulo 7; hyphens in their
    places allowed."""
    digits = text.replace("-", "")
    return _ACCEPTANCE.fullmatch(text) is not None and int(digits[:-1]) % 7 == int(digits[-1])


@dataclass(frozen=True)
class AsRegistered:
    """Symbol and number are printed as registered, zeros in front included."""

    def printed(self, text: str) -> str:
        """A symbol or number as it stands on a document. The registered text stays that of the record, the key and codes."""
        return text

    def fits(self, symbol: str, number: str) -> bool:
        """Whether both have the form that the issuer's numbers have."""
        return True


@dataclass(frozen=True)
class FixedLength(AsRegistered):
    """Printed as registered; a symbol or number that has not exactly so many figures holds the record (0: not looked at)."""

    symbol: int = 0
    number: int = 0

    def __post_init__(self) -> None:
        for name, value in (("symbol", self.symbol), ("number", self.number)):
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 20:
                raise ValueError(f"{name}: {value!r} is not a whole number from 0 to 20")

    def fits(self, symbol: str, number: str) -> bool:
        """See AsRegistered."""
        return all(
            not length or (len(text) == length and _FIGURES.fullmatch(text) is not None)
            for text, length in ((symbol, self.symbol), (number, self.number))
        )


@dataclass(frozen=True)
class SignificantFigures(FixedLength):
    """Zeros in front are not printed (0123-0004321 is 123-4321). A symbol or number of letters, or with more figures than
    this, holds the record; a symbol may be empty."""

    symbol: int = 4
    number: int = 7

    def printed(self, text: str) -> str:
        """See AsRegistered."""
        return _ZEROS.sub("", text)

    def fits(self, symbol: str, number: str) -> bool:
        """See AsRegistered."""
        return all(
            not most or not text or (_FIGURES.fullmatch(text) is not None and len(self.printed(text)) <= most)
            for text, most in ((symbol, self.symbol), (number, self.number))
        )


_FIGURES = re.compile("[0-9]+|[０-９]+")
_ZEROS = re.compile("^(?:0+(?=[0-9]+$)|０+(?=[０-９]+$))")
NUMBERS: Mapping[str, type[AsRegistered]] = {
    "as-registered": AsRegistered,
    "fixed-length": FixedLength,
    "significant-figures": SignificantFigures,
}
