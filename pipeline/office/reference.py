"""The reference pages of `docs/` and the schemas of the YAML files, made from the code:
`python -m pipeline.office.reference [--check]`.

A page that differs from the code fails the tests, so nobody keeps one up by hand.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pipeline.base.problems import ShikakuError, catalogue
from pipeline.model.inserter import Inserter
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.press_profile import PressProfile
from pipeline.model.readings import Readings
from pipeline.model.sheet import SheetDesign
from pipeline.model.spec import Cmyk, FineLength, Length
from pipeline.model.typeface import TypefaceSpec
from pipeline.model.vendor import ProfileSpec, Vendor
from pipeline.model.web_host import WebHost
from pipeline.office import schemas
from pipeline.office.papers import CODES, VALUES
from pipeline.office.shop import Shop
from pipeline.rules.eligibility import DUE
from pipeline.rules.expiry import EXPIRY
from pipeline.rules.plausibility import PLAUSIBILITY
from pipeline.rules.printing import TABLES
from pipeline.rules.transition import GATES
from pipeline.stages.checking.rulebook import RULES

DOCS = Path(__file__).parents[2] / "docs"
_MADE = "<!-- Made from the code by `make docs`; do not edit. -->\n\n"
_FILES = {
    Layout: ("Layouts", "layouts/documents/&lt;type&gt;/layout.yaml"),
    Issuer: ("Issuers", "layouts/issuers/&lt;issuer&gt;.yaml"),
    SheetDesign: ("Press sheets", "layouts/sheets/&lt;sheet&gt;.yaml"),
    PressProfile: ("Press profiles", "layouts/press-profiles/&lt;profile&gt;.yaml"),
    Readings: ("Readings of a test form", "what `shikaku calibrate --readings` reads, if it is YAML"),
    Inserter: ("Inserters", "layouts/inserters/&lt;profile&gt;.yaml"),
    Vendor: ("Vendors", "layouts/vendors/&lt;vendor&gt;.yaml"),
    ProfileSpec: ("ICC profiles", "each entry of layouts/profiles/profiles.yaml"),
    TypefaceSpec: ("Typefaces", "each entry of fonts/typefaces.yaml"),
    WebHost: ("Hosts of web addresses", "each entry of layouts/web-addresses.yaml"),
}
_PLAIN = {"str": "text", "int": "whole number", "float": "number", "bool": "true or false", "date": "date (2026-04-01)"}


def messages() -> str:
    """Every problem code: what is wrong and what to do next, in both languages."""
    lines = ["# Messages\n\n", _MADE, "Every problem names its place, its cause and the next step. Exit codes:\n\n"]
    for error in ShikakuError.__subclasses__():
        lines.append(f"- {error.exit_code}: {' '.join((error.__doc__ or '').split())}\n")
    for code, entry in sorted(catalogue().items()):
        lines.append(f"\n## {code}\n\n")
        lines.append(f"{_plain(entry['ja'])}<br>→ {_plain(entry['next_ja'])}\n\n")
        lines.append(f"{_plain(entry['en'])}<br>→ {_plain(entry['next_en'])}\n")
    return "".join(lines)


def layout_keys() -> str:
    """Every key of the YAML files, from the models that check them."""
    lines = [
        "# Keys of the YAML files\n\n",
        _MADE,
        "Unknown keys are refused. A *length* carries its unit: `3mm`, `12Q` (a quarter of a millimetre), `9pt`, `250um`, ",
        "`1cm`, `1in`.\nA *colour* is `[cyan, magenta, yellow, black]` in percent. ",
        "Only `true`, `false`, `null` and plain numbers are not text; quote a text of digits.\n",
    ]
    for model, (title, file) in _FILES.items():
        lines.append(f"\n## {title}: {file}\n")
        for part in _models(model):
            lines.append(f"\n### {part.__name__}\n\n{' '.join((part.__doc__ or '').split())}\n\n")
            lines.append("| Key | Value | Without it | Meaning |\n|---|---|---|---|\n")
            lines += [_row(info.alias or key, info) for key, info in part.model_fields.items()]
    return "".join(lines)


def values() -> str:
    """What fields and codes can show, and the issuers' policies with their settings."""
    lines = ["# Values and policies\n\n", _MADE, "## What a field can show (`value`)\n\n"]
    lines.append("Every layout may show its own words too: `text.` or `term.` and the key.\n")
    for subject, names in VALUES.items():
        lines += [f"\n### Of `subject: {subject}`\n\n", *(f"- `{name}`\n" for name in names)]
    lines.append("\n## What a 2D code can hold (`value`)\n\n")
    lines += [f"- `{name}` (`subject: {subject}`)\n" for subject, names in CODES.items() for name in names]
    tables: list[tuple[str, Mapping[str, type]]] = [
        ("Who gets a document (`due`)", DUE),
        ("On which days it may be issued (`gate`)", GATES),
        ("Until when it is valid (`expiry`)", EXPIRY),
        *TABLES.values(),
        ("What is too improbable to be printed unasked (`plausibility`)", PLAUSIBILITY),
    ]
    for title, table in tables:
        lines.append(f"\n## {title}\n\n| Policy | Settings | Meaning |\n|---|---|---|\n")
        for name, policy in table.items():
            settings = ", ".join(f"`{one.name}`" for one in fields(policy) if one.init)
            lines.append(f"| `{name}` | {settings or 'none'} | {_cell(policy.__doc__ or '')} |\n")
    return "".join(lines)


def press_rules() -> str:
    """What every press file is asked, rule by rule."""
    lines = ["# Rules of a press file\n\n", _MADE, _PRESS_RULES, "| Rule | Asked |\n|---|---|\n"]
    for rule, ask in RULES.items():
        lines.append(f"| {rule} | {_cell((ask.__doc__ or '').partition(': ')[2])} |\n")
    return "".join(lines)


_PRESS_RULES = """Preflight asks every part these questions (`stages/checking/rulebook.py`), in the standards' terms and
without looking at how the part was made; a fault names the rule, the page (0: the whole file) and the object. Besides,
each piece is compared with the ledger. The texts of the ISO standards were not at hand: X01 to X15 (PDF/X-4, ISO 15930-7, and
PDF/X-1a:2003, ISO 15930-4) and V01 to V07 (PDF/VT-1, ISO 16612-2; processing steps, ISO 19593-1) follow published validators,
vendors' documents and the PDF Association's guide to variable data printing. X16 and X17 are OURS, their limits the vendor's.

"""

PAGES: Mapping[str, Callable[[], str]] = {
    "press-rules.md": press_rules,
    "messages.md": messages,
    "layout-keys.md": layout_keys,
    "values.md": values,
}


def stale() -> list[str]:
    """The pages and schemas that differ from the code."""
    pages = [f"docs/{name}" for name, page in PAGES.items() if _kept(DOCS / name) != page()]
    return pages + [f"{schemas.FOLDER}/{name}" for name in schemas.stale(DOCS.parent)]


def _kept(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _plain(text: str) -> str:
    return text.replace("{{", "{").replace("}}", "}").replace("<", "&lt;")


def _models(model: Any) -> Iterator[type[BaseModel]]:
    """The model and those that it holds, each once, in reading order."""
    waiting, seen = [model], set()
    while waiting:
        kind = waiting.pop(0)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if kind in seen:
                continue
            seen.add(kind)
            yield kind
            waiting += [info.annotation for info in kind.model_fields.values()]
        else:
            waiting += get_args(kind)


def _row(key: str, info: FieldInfo) -> str:
    default = "**needed**" if info.is_required() else _written(info.get_default(call_default_factory=True))
    return f"| `{key}` | {_kind(info.annotation, info.metadata)} | {default} | {_cell(info.description or '')} |\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _written(value: Any) -> str:
    if isinstance(value, BaseModel):
        return _written(value.model_dump(exclude_defaults=True) or {})
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_written(part)}" for key, part in value.items()) + "}"
    words = {None: "null", True: "true", False: "false", "": "empty", (): "none"}
    return words.get(value, str(value)) if not isinstance(value, int) or isinstance(value, bool) else str(value)


def _kind(kind: Any, metadata: list[Any]) -> str:
    """What a value looks like, for a designer."""
    if any(getattr(one, "func", None) in _LENGTH_CHECKS for one in metadata):
        return "length"
    if kind == Cmyk:
        return "colour"
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _kind(parts[0], list(parts[1:]))
    if origin is Literal:
        return " · ".join(f"`{part}`" for part in parts)
    if origin in (Union, UnionType):
        return " or ".join("null" if part is type(None) else _kind(part, metadata) for part in parts)
    if origin is dict:
        return f"name → {_kind(parts[1], [])}"
    if origin is tuple:
        inner = parts[:1] if parts[-1] is Ellipsis else parts
        return "list of " + " and ".join(dict.fromkeys(_kind(part, []) for part in inner))
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.__name__
    limits = [f"{sign} {getattr(one, name)}" for one in metadata for name, sign in _LIMITS if hasattr(one, name)]
    return ", ".join([_PLAIN.get(getattr(kind, "__name__", ""), str(kind)), *limits])


_LIMITS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
_LENGTH_CHECKS = [get_args(kind)[1].func for kind in (Length, FineLength)]


def main() -> int:
    """Write the pages, or with `--check` only say which are stale (exit code 1)."""
    if "--check" in sys.argv[1:]:
        for name in stale():
            print(f"{name} is older than the code: run `make docs`", file=sys.stderr)
        return bool(stale())
    DOCS.mkdir(exist_ok=True)
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), "utf-8")
    schemas.write_schemas(Shop(root=DOCS.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
