"""Readings of a test form: the table that is filled in (CSV or XLSX), or YAML.

The table has a row for every patch and a column for each kind of reading; one of these is filled in. Columns are found by their
names, others are passed over.
"""

import csv
import io
import re
from pathlib import Path

from pipeline.base.problems import LayoutError, MemberError, Problem
from pipeline.craft.calibration import KINDS
from pipeline.craft.spec_faults import validate
from pipeline.craft.tables import recognise, rows
from pipeline.craft.wedges import Chart
from pipeline.craft.yamlfile import load
from pipeline.model.readings import Readings

_FORM, _PATCH, _TONE = "様式", "パッチ", "網点（%）"
_COLUMNS = {"density": "濃度", "reflectance": "反射率", "area": "網点面積率（%）"}
_ALIASES = {"form": _FORM, "patch": _PATCH, **_COLUMNS, "網点面積率": _COLUMNS["area"]}
_Kinds = dict[str, dict[str, float]]
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)


def table(form: Chart) -> bytes:
    """The table to fill in, as spreadsheets open it: UTF-8 with its mark."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow([_FORM, _PATCH, _TONE, *_COLUMNS.values()])
    for patch in form.patches:
        writer.writerow([form.code, patch.id, f"{100 * patch.tone:.2f}", *("" for _ in _COLUMNS)])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def read_readings(path: Path, form: Chart) -> tuple[str, dict[str, float]]:
    """The kind of the readings, and these by patch. LayoutError: unreadable, of another form, no kind or several, no number."""
    if path.suffix in (".yaml", ".yml"):
        told = validate(Readings, load(path))
        code, kinds = told.form, _Kinds((kind, getattr(told, kind)) for kind in KINDS)
    else:
        try:
            code, kinds = _from_table(path)
        except MemberError as error:  # a table is read as member files are; what is wrong here is not a member's
            raise LayoutError(error.problems) from None
    if code and code != form.code:
        raise LayoutError(Problem("calibrate-other-form", path.name, {"found": code[:20], "wanted": form.code}))
    given = [kind for kind in KINDS if kinds[kind]]
    if len(given) != 1:
        values = {"found": "、".join(_COLUMNS[kind] for kind in given) or "—", "known": "、".join(_COLUMNS.values())}
        raise LayoutError(Problem("calibrate-one-kind", path.name, values))
    return given[0], kinds[given[0]]


def _from_table(path: Path) -> tuple[str, _Kinds]:
    kinds: _Kinds = {kind: {} for kind in KINDS}
    names: list[str] = []
    problems: list[Problem] = []
    code, seen = "", set[str]()
    for row in rows(recognise(path), (), ()):
        if not names:
            names = [_ALIASES.get(cell.strip().lower(), cell.strip()) for cell in row.cells]
            if _PATCH not in names:
                raise LayoutError(Problem("member-missing-columns", f"{path.name} row {row.number}", {"columns": _PATCH}))
            continue
        cells = {name: cell.strip() for name, cell in zip(names, row.cells, strict=False)}
        id_, at = cells.get(_PATCH, "").upper(), f"{path.name} row {row.number}"
        values = {kind: cells[column] for kind, column in _COLUMNS.items() if cells.get(column)}
        if not id_ and not values:
            continue
        if id_ in seen:
            problems.append(Problem("calibrate-patch-twice", at, {"patch": id_[:20]}))
        seen.add(id_)
        code = code or cells.get(_FORM, "")
        for kind, text in values.items():
            if _NUMBER.fullmatch(text):
                kinds[kind][id_] = float(text)
            else:
                problems.append(Problem("calibrate-not-a-number", at, {"patch": id_[:20], "given": text[:20]}))
    if problems:
        raise LayoutError(problems)
    return code, kinds
