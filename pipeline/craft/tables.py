"""Member files as rows of text: CSV (UTF-8 with or without BOM, CP932) and XLSX. Owner of `python-calamine` and of
`csv`.

A file is recognised by its bytes, not by its name. Nothing is guessed and nothing is trimmed: what cannot be read for
certain is refused. CSV is streamed; a spreadsheet is limited in size before it is opened, and so are its parts,
whatever their headers claim.
"""

import codecs
import csv
import hashlib
import re
import zipfile
import zlib
from collections.abc import Container, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import python_calamine

from pipeline.base.problems import MemberError, Problem

BLOCK = 1 << 20
XLSX_LIMIT = 256 << 20  # bytes of a spreadsheet once unpacked; larger lists are delivered as CSV
SHOWN = 100  # problems of one file that are listed

_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_CELL = rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*>'
_FORMULA = re.compile(_CELL + rb"\s*<(?:\w+:)?f[\s/>]")
_ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*?\bt="e")[^>]*?\br="([A-Z]{1,3})(\d{1,7})"')
_OVERLAP = 4096  # bytes kept from block to block: more than a cell's opening tag


class Table(NamedTuple):
    """A recognised file: `encoding` is utf-8, utf-8-sig, cp932 or xlsx; `sha256` is of its bytes, hexadecimal."""

    path: Path
    encoding: str
    sha256: str


class Row(NamedTuple):
    """A row's number (the first is 1), its cells, and what is wrong with them (spreadsheets: numbers that are no
    text)."""

    number: int
    cells: list[str]
    problems: tuple[Problem, ...] = ()


def recognise(path: Path) -> Table:
    """Look at the whole file once. MemberError: missing, empty, not a table, a byte that is not of its encoding, a
    NUL."""
    digest = hashlib.sha256()
    decoder = codecs.getincrementaldecoder("utf-8")()
    read, broken, head = 0, -1, b""
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                if not read:
                    head = block
                    _refuse_kinds(path, head)
                digest.update(block)
                if not head.startswith(_ZIP):
                    if (at := block.find(0)) >= 0:
                        raise MemberError(Problem("member-file-nul", path.name, {"offset": read + at}))
                    if broken < 0:
                        broken = _decode(decoder, block, read)
                read += len(block)
    except OSError as error:
        raise MemberError(Problem("member-file-unreadable", path.name, {"error": type(error).__name__})) from None
    if not read:
        raise MemberError(Problem("member-file-empty", path.name))
    if head.startswith(_ZIP):
        _inspect(path)
        return Table(path, "xlsx", digest.hexdigest())
    if broken < 0 and decoder.getstate()[0]:
        broken = read - len(decoder.getstate()[0])
    if broken >= 0:
        _settle_on_cp932(path, head, broken)
        return Table(path, "cp932", digest.hexdigest())
    return Table(path, "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8", digest.hexdigest())


def rows(table: Table, dates: Container[str], texts: Container[str]) -> Iterator[Row]:
    """All rows with their numbers, also empty ones. In a spreadsheet, columns in `dates` may hold dates and come as
    YYYY-MM-DD; a number or date in any other column of `texts` is a problem of its row. MemberError: broken quotes,
    an unreadable spreadsheet.
    """
    return _xlsx_rows(table.path, dates, texts) if table.encoding == "xlsx" else _csv_rows(table)


def _refuse_kinds(path: Path, head: bytes) -> None:
    if head.startswith((_OLE, b"%PDF")):
        raise MemberError(Problem("member-file-kind", path.name))
    if head.startswith(_UTF16):
        raise MemberError(Problem("member-file-encoding", f"{path.name} row 1", {"offset": 0, "assumed": "UTF-16"}))


def _decode(decoder: codecs.IncrementalDecoder, block: bytes, read: int) -> int:
    """Offset in the file of the first byte that the decoder refuses, or -1."""
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(block)
    except UnicodeDecodeError as error:
        return read - pending + error.start
    return -1


def _settle_on_cp932(path: Path, head: bytes, broken: int) -> None:
    """MemberError unless all of the file is CP932. A header in good UTF-8, not in ASCII, says that it was meant to be
    UTF-8."""
    header = head.split(b"\n", 1)[0]
    if head.startswith(codecs.BOM_UTF8) or (broken > len(header) and not header.isascii()):
        raise _undecodable(path, broken, "UTF-8")
    decoder = codecs.getincrementaldecoder("cp932")()
    read = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            if (wrong := _decode(decoder, block, read)) >= 0:
                break
            read += len(block)
        else:
            pending = len(decoder.getstate()[0])
            wrong = read - pending if pending else -1
    if wrong >= 0:
        raise _undecodable(path, *max((broken, "UTF-8"), (wrong, "CP932")))


def _undecodable(path: Path, offset: int, assumed: str) -> MemberError:
    with path.open("rb") as file:
        left, row = offset, 1
        while left > 0 and (block := file.read(min(BLOCK, left))):
            row += block.count(b"\n")
            left -= len(block)
    return MemberError(Problem("member-file-encoding", f"{path.name} row {row}", {"offset": offset, "assumed": assumed}))


def _csv_rows(table: Table) -> Iterator[Row]:
    number = 0
    try:
        with table.path.open(encoding=table.encoding, errors="strict", newline="") as file:
            for number, cells in enumerate(csv.reader(file, strict=True), 1):
                yield Row(number, cells)
    except csv.Error:
        raise MemberError(Problem("member-csv-quotes", f"{table.path.name} row {number + 1}")) from None
    except (OSError, UnicodeDecodeError) as error:  # it was readable a moment ago
        raise MemberError(Problem("member-file-unreadable", table.path.name, {"error": type(error).__name__})) from None


def _inspect(path: Path) -> None:
    """Unpack a spreadsheet's parts once, without keeping them: their true sizes, formulas, and cells that show an
    error."""
    problems: list[Problem] = []
    total = 0
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > XLSX_LIMIT:
                raise _too_large(path)
            for part in archive.infolist():
                is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
                tail = b""
                seen: set[tuple[str, bytes]] = set()
                with archive.open(part) as stream:
                    while block := stream.read(BLOCK):
                        total += len(block)
                        if total > XLSX_LIMIT:
                            raise _too_large(path)
                        if is_sheet and len(problems) < SHOWN:
                            tail += block
                            problems += _forbidden(path, tail, seen)
                            tail = tail[-_OVERLAP:]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise MemberError(Problem("member-file-broken", path.name)) from None
    if problems:
        raise MemberError(problems[:SHOWN])


def _too_large(path: Path) -> MemberError:
    return MemberError(Problem("member-xlsx-too-large", path.name, {"limit": XLSX_LIMIT >> 20}))


def _forbidden(path: Path, xml: bytes, seen: set[tuple[str, bytes]]) -> Iterator[Problem]:
    for code, pattern in (("member-cell-formula", _FORMULA), ("member-cell-error", _ERROR)):
        for found in pattern.finditer(xml):
            cell = found[1] + found[2]
            if (code, cell) not in seen:
                if len(seen) < 10 * SHOWN:
                    seen.add((code, cell))
                yield Problem(code, f"{path.name} row {int(found[2])} {found[1].decode()}", {"cell": cell.decode()})


def _xlsx_rows(path: Path, dates: Container[str], texts: Container[str]) -> Iterator[Row]:
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        sheets = [sheet for sheet in map(book.get_sheet_by_name, book.sheet_names) if sheet.height]
    except (python_calamine.CalamineError, OSError, ValueError, RuntimeError):
        raise MemberError(Problem("member-file-broken", path.name)) from None
    if len(sheets) > 1:
        raise MemberError(Problem("member-xlsx-sheets", path.name, {"count": len(sheets)}))
    header: list[str] = []
    for sheet in sheets:
        for number, values in enumerate(sheet.iter_rows(), 1):
            problems: list[Problem] = []
            cells = [value if isinstance(value, str) else "" for value in values]
            for n, value in enumerate(values):
                if not isinstance(value, str):
                    name = header[n] if n < len(header) else ""
                    cells[n], is_date = _text(value)
                    if (name in texts or number == 1) and not (is_date and name in dates):
                        problems.append(Problem("member-cell-not-text", f"{path.name} row {number} {name or n + 1}"))
            if number == 1:
                header = cells
            yield Row(number, cells, tuple(problems))


def _text(value: Any) -> tuple[str, bool]:
    """A cell's value as text, and whether it is a day without a time."""
    if isinstance(value, datetime):
        midnight = value.time() == datetime.min.time()
        return value.date().isoformat() if midnight else value.isoformat(), midnight
    if isinstance(value, date):
        return value.isoformat(), True
    if isinstance(value, float) and value.is_integer():
        return str(int(value)), False
    return str(value), False
