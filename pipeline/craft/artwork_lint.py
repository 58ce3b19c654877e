"""Artwork is closed in itself: HTML, CSS and SVG may name files of their own folder and nothing else."""

import re
from collections.abc import Container, Iterator

from pipeline.base.problems import Problem
from pipeline.craft.wording_lint import faults

KINDS = (".html", ".css", ".svg")
_FORBIDDEN = {
    "artwork-script": re.compile(r"<\s*(?:script|iframe|object|embed)\b|javascript:", re.IGNORECASE),
    "artwork-import": re.compile(r"@import\b|<\s*base\b", re.IGNORECASE),
}
_REFERENCE = re.compile(
    r"""url\(\s*["']?(?P<url>[^"')]*)|\b(?:src|href|data|poster)\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')""",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--.*?-->|/\*.*?\*/|\{#.*?#\}", re.DOTALL)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def lint_artwork(name: str, text: str, files: Container[str] | None = None, addressed: bool = False) -> list[Problem]:
    """Problems of one artwork file: scripts, imports, references that leave the folder or that `files` does not hold, and
    wording that must not be (`addressed`: the layout has names with their honorifics).

    `name` stands in the places (`front.html:12:5`). A reference that the template fills in is left to the typesetter,
    which knows no file but the folder's anyway.
    """
    bare = _COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    found: list[tuple[int, str, dict[str, str]]] = []
    for code, pattern in _FORBIDDEN.items():
        found += [(hit.start(), code, {"given": hit[0][:40]}) for hit in pattern.finditer(bare)]
    for start, target in _references(bare):
        if fault := _fault(target, files):
            found.append((start, fault, {"given": target[:60]}))
    found += faults(bare, addressed)
    return [Problem(code, f"{name}:{_spot(text, start)}", values) for start, code, values in sorted(found, key=_start)]


def _start(found: tuple[int, str, dict[str, str]]) -> int:
    return found[0]


def _references(text: str) -> Iterator[tuple[int, str]]:
    for hit in _REFERENCE.finditer(text):
        yield hit.start(), (hit["url"] or hit["double"] or hit["single"] or "").strip()


def _fault(target: str, files: Container[str] | None) -> str:
    """The code of what is wrong with a reference, or nothing."""
    if not target or target.startswith(("#", "data:")) or "{{" in target or "{%" in target:
        return ""
    if _SCHEME.match(target) or target.startswith("//"):
        return "artwork-outside-reference"
    path = target.split("#")[0].split("?")[0]
    if path.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", path):
        return "artwork-outside-reference"
    return "artwork-missing-reference" if files is not None and path not in files else ""


def _spot(text: str, start: int) -> str:
    return f"{text.count(chr(10), 0, start) + 1}:{start - text.rfind(chr(10), 0, start)}"
