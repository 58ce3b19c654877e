"""Read: a member file becomes members and rejected rows, each row exactly one of them, its texts exactly as delivered.

`survey` looks at the whole file before anything is stored and refuses it as a whole; `read` streams it and judges row
by row.
"""

import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from pipeline.base.problems import MemberError, Problem
from pipeline.craft.tables import SHOWN, Row, Table, recognise, rows
from pipeline.model.columns import COLUMNS, DATES, FILLED, NAMES, REQUIRED, VALUES
from pipeline.model.decision import Rejected
from pipeline.model.issuer import Issuer
from pipeline.model.member import Member, Place
from pipeline.rules.eras import parse_date
from pipeline.rules.names import NAME_LENGTH, all_clean, has_blank_edge, honorific_of, refused_characters
from pipeline.rules.numbers import is_acceptance_number, is_insurer_number, is_postcode, my_number_cells
from pipeline.rules.plausibility import Newest

_HEADER_WITHIN = 20  # rows in which a misplaced header is looked for


class Survey(NamedTuple):
    """What is known of a file before it is read: `rows` counts records, `sha256` is hexadecimal, `newest` is the last day on
    which somebody joined, None if there is none."""

    path: Path
    encoding: str
    rows: int
    sha256: str
    unknown_columns: tuple[str, ...]
    newest: date | None = None


def survey(path: Path, until: date = date.max) -> Survey:
    """Look at the whole file; who joined after `until` is not counted as the newest. MemberError, with all problems that
    can be seen, if it cannot be read or holds a My Number."""
    table = recognise(path)
    problems: list[Problem] = []
    header: list[str] = []
    newest, joined = Newest(until), list[int]()
    width = records = 0  # a header that is wrong says nothing of its rows
    for row in rows(table, DATES, COLUMNS):
        if row.number == 1:
            header = row.cells
            problems += (*row.problems, *_of_header(table, row))
            width = sys.maxsize if problems else len(header)
            joined = [header.index(name) for name in _JOINED if name in header]
        elif any(row.cells):
            records += 1
            problems += row.problems
            newest.see([row.cells[n] for n in joined if n < len(row.cells)])
            if len(row.cells) > width:
                values = {"cells": len(row.cells), "columns": len(header)}
                problems.append(Problem("member-row-too-long", f"{path.name} row {row.number}", values))
        if found := my_number_cells(row.cells):
            problems += (_my_number(path, row.number, header, n) for n in found)
        if len(problems) >= SHOWN:
            break
    if problems:
        raise MemberError(problems[:SHOWN])
    if not records:
        raise MemberError(Problem("member-file-empty", path.name))
    unknown = tuple(name for name in header if name and name not in COLUMNS)
    return Survey(path, table.encoding, records, table.sha256, unknown, newest.day)


def read(path: Path, issuer: Issuer) -> Iterator[Member | Rejected]:
    """Every record of a surveyed file in its order, in constant memory. MemberError if the file has changed for the
    worse."""
    table = recognise(path)
    record_of: Callable[[Row], Member | Rejected] | None = None
    for row in rows(table, DATES, COLUMNS):
        if record_of is None:
            if problems := list(_of_header(table, row)):
                raise MemberError(problems)
            record_of = _Reader(path.name, row.cells, issuer).record
        elif any(row.cells):
            if row.problems:
                raise MemberError(row.problems)
            yield record_of(row)


def _of_header(table: Table, header: Row) -> Iterator[Problem]:
    name, cells = table.path.name, header.cells
    missing = [column for column in REQUIRED if column not in cells]
    doubled = [column for column, times in Counter(cells).items() if times > 1 and column]
    if len(missing) > len(REQUIRED) // 2:
        for row in rows(table, DATES, ()):
            if row.number > _HEADER_WITHIN:
                break
            if row.number > 1 and sum(column in row.cells for column in REQUIRED) > len(REQUIRED) // 2:
                yield Problem("member-header-not-first", f"{name} row {row.number}", {"row": row.number})
                return
    if missing:
        yield Problem("member-missing-columns", f"{name} row 1", {"columns": "、".join(missing)})
    if doubled:
        shown = ["?" if my_number_cells([column]) else column for column in doubled]
        yield Problem("member-doubled-columns", f"{name} row 1", {"columns": "、".join(shown)})


def _my_number(path: Path, row: int, header: Sequence[str], n: int) -> Problem:
    """The place says the column's name; its position where the name is missing or is what must not be shown."""
    column = header[n] if row > 1 and n < len(header) else ""
    if not column or my_number_cells([column]):
        column = f"{n + 1}列目"
    return Problem("member-my-number", f"{path.name} row {row} {column}", {"row": row, "column": column})


class _Reader:
    """Makes records of the rows of one file. What is looked up for every row is looked up once; dates are parsed once.

    A row passes a quick look or gets a close one: `_problems` alone says what is wrong, `_looks_well` is only never
    too kind.
    """

    def __init__(self, file: str, header: Sequence[str], issuer: Issuer):
        self._file = file
        self._width = len(header)
        # A column that the file lacks is the empty cell that is put after each row.
        self._pick = itemgetter(*(header.index(name) if name in header else self._width for name in COLUMNS))
        self._number = issuer.insurer_number
        self._branch = issuer.branch_number
        self._dates: dict[str, date | None] = {"": None}

    def record(self, row: Row) -> Member | Rejected:
        """The row's member, or the row rejected with all its problems."""
        place = Place(self._file, row.number)
        cells = row.cells
        if len(cells) != self._width:
            counts = {"cells": len(cells), "columns": self._width}
            return Rejected(place, ":::", (Problem("member-row-too-short", str(place), counts),))
        cells.append("")
        values: tuple[str, ...] = self._pick(cells)
        dates = self._dates
        ready: list[str | date | None] = list(values)
        try:
            for n in _DATES_AT:
                ready[n] = dates[values[n]]
        except KeyError:
            for n in _DATES_AT:
                ready[n] = self._date(values[n])
        if not self._looks_well(values, ready) and (problems := tuple(self._problems(values, ready, place))):
            return Rejected(place, ":".join((values[0].zfill(8), *values[1:4])), problems)
        if not values[_SEX_DISPLAY]:
            ready[_SEX_DISPLAY] = VALUES["性別表示"][1]
        return Member(place, *ready)  # type: ignore[arg-type]

    def _date(self, text: str) -> date | None:
        """None for a text that is no date; dates that come again are remembered."""
        if text in self._dates:
            return self._dates[text]
        try:
            found = parse_date(text)
        except ValueError:
            return None
        if len(self._dates) < _REMEMBERED:
            self._dates[text] = found
        return found

    def _looks_well(self, values: tuple[str, ...], ready: list[str | date | None]) -> bool:
        """Whether nothing can be wrong with a row; if not so, that need not mean a problem."""
        for n, allowed in _ALLOWED:
            if values[n] not in allowed:
                return False
        for n in _DATES_AT:
            if ready[n] is None and values[n]:
                return False
        number, symbol, kept, branch, category, name = values[:6]
        return (
            number == self._number
            and self._is_branch(branch)
            and not _NOT_IN_KEY.search(symbol + kept)
            and bool(kept and name)
            and max(len(values[n]) for n in _NAMES_AT) <= NAME_LENGTH
            and (category[-2:] != "家族" or bool(values[_INSURED_NAME]))
            and all_clean(values)
            and next(_of_numbers(values, ""), None) is None
            and next(_of_dates(values, ready, ""), None) is None
        )

    def _is_branch(self, branch: str) -> bool:
        if not branch:
            return self._branch != "required"
        return self._branch != "none" and len(branch) == 2 and branch.isascii() and branch.isdigit()

    def _problems(self, values: tuple[str, ...], ready: list[str | date | None], row: Place) -> Iterator[Problem]:
        """Everything that is wrong with a row, in the order of the columns within each kind."""
        place = str(row)
        for column, text in zip(COLUMNS, values, strict=True):
            if refused := refused_characters(text, column in NAMES):
                shown = "、".join(dict.fromkeys(code for _, code in refused))
                yield Problem("member-bad-character", f"{place} {column}", {"column": column, "characters": shown})
            if has_blank_edge(text):
                yield Problem("member-blank-edge", f"{place} {column}", {"column": column})
            if column in FILLED and not text:
                yield Problem("member-empty-cell", f"{place} {column}", {"column": column})
            elif column in VALUES and text not in VALUES[column]:
                known = "、".join(filter(None, VALUES[column]))
                yield Problem("member-unknown-value", f"{place} {column}", {"column": column, "known": known})
            elif column in DATES and text and ready[_AT[column]] is None:
                yield Problem("member-bad-date", f"{place} {column}", {"column": column})
            if column in _ADDRESSED and (honorific := honorific_of(text)):
                yield Problem("member-honorific", f"{place} {column}", {"column": column, "honorific": honorific})
            if column in NAMES and len(text) > NAME_LENGTH:
                values_ = {"column": column, "length": len(text), "limit": NAME_LENGTH}
                yield Problem("member-name-too-long", f"{place} {column}", values_)
        yield from self._of_key(values, place)
        yield from _of_numbers(values, place)
        yield from _of_dates(values, ready, place)

    def _of_key(self, values: tuple[str, ...], place: str) -> Iterator[Problem]:
        number, symbol, kept, branch, category = values[:5]
        if number and not is_insurer_number(number):
            yield Problem("member-bad-check-digit", f"{place} 保険者番号")
        elif number and number != self._number:
            yield Problem("member-other-insurer", f"{place} 保険者番号", {"issuer": self._number})
        for column, text in (("記号", symbol), ("番号", kept)):
            if _NOT_IN_KEY.search(text):
                yield Problem("member-bad-symbol", f"{place} {column}", {"column": column})
        if not self._is_branch(branch):
            yield Problem(_BRANCH[self._branch], f"{place} 枝番")
        if category.endswith("家族") and not values[_INSURED_NAME]:
            yield Problem("member-no-insured-name", f"{place} 被保険者氏名")


def _of_numbers(values: tuple[str, ...], place: str) -> Iterator[Problem]:
    last4, postcode, acceptance = values[_LAST4], values[_POSTCODE], values[_ACCEPTANCE]
    if last4 and not (len(last4) == 4 and last4.isascii() and last4.isdigit()):
        yield Problem("member-bad-last4", f"{place} 個人番号下4桁")
    if postcode and not is_postcode(postcode):
        yield Problem("member-bad-postcode", f"{place} 郵便番号")
    if acceptance and not is_acceptance_number(acceptance):
        yield Problem("member-bad-acceptance-number", f"{place} 引受番号")


def _of_dates(values: tuple[str, ...], ready: list[str | date | None], place: str) -> Iterator[Problem]:
    """Dates that cannot all be true. A dependant's 資格取得年月日 may be the insured's: then 認定年月日 counts."""
    birth, qualified, certified, leaves, voluntary = (ready[n] for n in _ORDER_AT)
    begins, column = (certified, "認定年月日") if certified else (qualified, "資格取得年月日")
    if isinstance(birth, date) and isinstance(begins, date) and begins < birth:
        yield Problem("member-dates-out-of-order", f"{place} {column}", {"earlier": "生年月日", "later": column})
    if isinstance(qualified, date):
        for column, until in (("資格喪失予定日", leaves), ("任継期限", voluntary)):
            if isinstance(until, date) and until < qualified:
                named = {"earlier": "資格取得年月日", "later": column}
                yield Problem("member-dates-out-of-order", f"{place} {column}", named)


_ADDRESSED = (*NAMES, "事業所名称")  # an honorific is put behind these
_JOINED = ("資格取得年月日", "認定年月日")
_AT = {name: n for n, name in enumerate(COLUMNS)}
_DATES_AT = tuple(_AT[name] for name in DATES)
_NAMES_AT = tuple(_AT[name] for name in NAMES)
_ORDER_AT = tuple(_AT[name] for name in ("生年月日", "資格取得年月日", "認定年月日", "資格喪失予定日", "任継期限"))
_ALLOWED = tuple((_AT[name], frozenset(values)) for name, values in VALUES.items())
_SEX_DISPLAY, _INSURED_NAME = _AT["性別表示"], _AT["被保険者氏名"]
_LAST4, _POSTCODE, _ACCEPTANCE = _AT["個人番号下4桁"], _AT["郵便番号"], _AT["引受番号"]
_BRANCH = {"required": "member-bad-branch", "optional": "member-bad-optional-branch", "none": "member-branch-not-empty"}
_NOT_IN_KEY = re.compile(r"[\s:*]")  # a blank, and what parts the items of a key or of a 2D code's payload
_REMEMBERED = 100_000  # dates
