"""Which test shows which row of `fixtures/features.toml`: rows marked on tests, and words that stand on documents' proofs.

Run as a program it writes docs/features.md; `--check` only says whether the page is stale.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

TESTS = Path(__file__).parent
ROWS = TESTS.parent / "fixtures" / "features.toml"
PAGE = TESTS.parent / "docs" / "features.md"
ON_PROOFS = "test_features.py::test_a_document_says_what_the_row_asks"
_MARK = re.compile(r'\bfeature\(((?:\s*"F\d\d"\s*,?)+)\)')
_ROW = re.compile(r'"(F\d\d)"')


class Feature(NamedTuple):
    """A row: kind as in the field's list, short title, documents that show it, words on them, what is out of scope."""

    row: str
    kind: str
    title: str
    documents: tuple[str, ...]
    says: tuple[str, ...]
    scope: str


def features() -> list[Feature]:
    """The rows in order."""
    found: Mapping[str, Mapping[str, Any]] = tomllib.loads(ROWS.read_text("utf-8"))
    return [
        Feature(
            row, one["kind"], one["title"], tuple(one.get("documents", ())), tuple(one.get("says", ())), one.get("scope", "")
        )
        for row, one in found.items()
    ]  # fmt: skip


def marked() -> dict[str, list[str]]:
    """The tests that carry a row's mark: row → `file::test`."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.glob("test_*.py")):
        for row, test in _marks(path):
            name = f"{path.name}::{test}"
            if name not in found.setdefault(row, []):
                found[row].append(name)
    return found


def _marks(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text("utf-8")
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            for decorator in node.decorator_list:
                for mark in _MARK.finditer(ast.get_source_segment(source, decorator) or ""):
                    yield from ((row, node.name) for row in _ROW.findall(mark[1]))


def page() -> str:
    """docs/features.md."""
    tests, lines = marked(), []
    for one in features():
        shown = [f"`{name}`" for name in tests.get(one.row, ())]
        if one.says:
            shown.append(f"`{ON_PROOFS}[{one.row}]`")
        papers = ", ".join(one.documents)
        cells = (one.row, one.kind, one.title, papers, "<br>".join(shown), one.scope)
        lines.append(f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |\n")
    return (
        "# Features of the field, and the tests that show them\n\n"
        "Made from `fixtures/features.toml` and the marks of the tests by `make docs`; do not edit.\n\n"
        "| Row | Kind | What | Documents | Shown by | Out of scope, or still open |\n|---|---|---|---|---|---|\n"
    ) + "".join(lines)


def main() -> int:
    """Write the page, or with `--check` only say whether it is stale (exit code 1)."""
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(page(), "utf-8")
    elif not PAGE.exists() or PAGE.read_text("utf-8") != page():
        print(f"{PAGE.name} is older than the tests: run `make docs`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
