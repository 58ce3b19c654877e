"""Tables for spreadsheets: CSV in UTF-8 with its mark, in which no cell is a formula.

A spreadsheet takes a text that begins with = + - @, a tab or a line end for more than text, in some settings also after
blanks, and the full-width forms of these signs as well. Such a text gets an apostrophe before it, and so does a text that
begins with one: what was written can be read back exactly (`plain`). Numbers are written as numbers.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = "=+-@"
_ALIKE = "\u2212\u2010\u2011"  # minus and hyphens that some settings take for the hyphen-minus
_MARK = "'"


def harmless(value: Any) -> Any:
    """What people wrote, for a spreadsheet: never a formula. What is no text stays as it is."""
    return f"{_MARK}{value}" if isinstance(value, str) and _is_risky(value) else value


def plain(cell: str) -> str:
    """The text of a cell as it was before `harmless`."""
    return cell[1:] if cell.startswith(_MARK) else cell


def _is_risky(text: str) -> bool:
    if text[:1].isascii() and text[:1].isalnum():  # most of them
        return False
    if text.startswith(_MARK) or (text and _is_unseen(text[0]) and not text[0].isprintable()):
        return True
    first = next((sign for sign in text if not _is_unseen(sign)), "")
    return bool(first) and (first in _ALIKE or unicodedata.normalize("NFKC", first)[0] in _FORMULA)


def _is_unseen(sign: str) -> bool:
    """Blanks, controls, and what has no width."""
    return unicodedata.category(sign) in ("Cc", "Cf", "Zs", "Zl", "Zp")


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A whole table as CSV; None is an empty cell."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(map(harmless, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")
