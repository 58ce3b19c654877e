"""JSON Schemas of the designers' YAML files, for the completion of editors; made from the models that check the files.

Every YAML file names its schema in its first line. The files check more than a schema can say: `shikaku check`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.craft.specs import HOSTS
from pipeline.model.columns import COLUMNS
from pipeline.model.columns import VALUES as CELLS
from pipeline.model.inserter import Inserter
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout
from pipeline.model.press_profile import PressProfile
from pipeline.model.sheet import SCHEME_NAMES, SheetDesign
from pipeline.model.spec import Spec
from pipeline.model.typeface import TypefaceSpec
from pipeline.model.vendor import ProfileSpec, Vendor
from pipeline.model.web_host import WebHost
from pipeline.office.durable import write_atomic
from pipeline.office.papers import CODES, VALUES
from pipeline.office.shop import Shop
from pipeline.rules.eligibility import DUE
from pipeline.rules.expiry import EXPIRY
from pipeline.rules.transition import GATES

FOLDER = PurePosixPath("layouts/schema")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_OWN = {"type": "string", "pattern": r"^(text|term)\."}
Schema = dict[str, Any]


def layout() -> Schema:
    """`layout.yaml`, with the names of what fields and codes can show."""
    made = _of(Layout)
    _offer(made["$defs"]["FieldSpec"], "value", (name for names in VALUES.values() for name in names), _OWN)
    _offer(made["$defs"]["CodeSpec"], "value", (name for names in CODES.values() for name in names), _OWN)
    return made


def issuer() -> Schema:
    """An issuer, with the names of the policies of its documents."""
    made = _of(Issuer)
    policies: list[tuple[str, Iterable[str]]] = [("due", DUE), ("expiry", EXPIRY), ("gate", GATES)]
    for key, names in policies:
        made["$defs"]["DocumentPolicy"]["properties"][key] |= {"properties": {"policy": {"enum": sorted(names)}}}
    return made


def sheet() -> Schema:
    """A press sheet, with the names of the schemes."""
    made = _of(SheetDesign)
    _offer(made, "scheme", SCHEME_NAMES)
    return made


def samples() -> Schema:
    """The sample members: columns of the member file but the insurer number."""
    columns = {
        name: {"type": "string", "enum": list(CELLS[name])} if name in CELLS else {"type": "string"}
        for name in list(COLUMNS)[1:]
    }
    member = {"type": "object", "properties": columns, "additionalProperties": False}
    return {"$schema": _DRAFT, "title": "Sample members", "type": "object", "additionalProperties": member}


SCHEMAS: Mapping[str, Callable[[], Schema]] = {
    "layout.json": layout,
    "issuer.json": issuer,
    "sheet.json": sheet,
    "vendor.json": lambda: _of(Vendor),
    "press-profile.json": lambda: _of(PressProfile),
    "profiles.json": lambda: _by_name(ProfileSpec),
    "inserter.json": lambda: _of(Inserter),
    "typefaces.json": lambda: _by_name(TypefaceSpec),
    "web-addresses.json": lambda: _by_name(WebHost),
    "samples.json": samples,
}


def schema_of(path: PurePosixPath) -> str:
    """Which schema a YAML file of the project has, by its path in the project; empty: none."""
    match path.parts:
        case ("layouts", "documents", _, "layout.yaml"):
            return "layout.json"
        case ("layouts", ("issuers" | "sheets" | "inserters" | "vendors" | "press-profiles") as folder, _):
            return f"{folder.removesuffix('s')}.json"
        case ("layouts", name) if name == HOSTS:
            return "web-addresses.json"
        case ("layouts", "profiles", "profiles.yaml"):
            return "profiles.json"
        case ("fonts", "typefaces.yaml"):
            return "typefaces.json"
        case ("fixtures", "samples.yaml"):
            return "samples.json"
    return ""


def first_line(path: PurePosixPath) -> str:
    """The line by which an editor finds the schema, from the file's own place."""
    up = "../" * (len(path.parts) - 1)
    target = f"{up}{FOLDER}/{schema_of(path)}" if path.parts[0] != "layouts" else f"{up[3:]}schema/{schema_of(path)}"
    return f"# yaml-language-server: $schema={target}"


def written(name: str) -> str:
    """A schema as its file has it."""
    return json.dumps(SCHEMAS[name](), ensure_ascii=False, indent=1) + "\n"


def stale(root: Path) -> list[str]:
    """The schema files of a project that differ from the code."""
    return [name for name in SCHEMAS if not _same(root / FOLDER / name, written(name))]


def write_schemas(shop: Shop) -> list[Path]:
    """Write all schemas into the project, and name them in the YAML files that name none; the paths of what was written."""
    folder = shop.root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name in SCHEMAS:
        write_atomic(folder / name, written(name).encode())
    return [folder / name for name in SCHEMAS] + list(_named(shop.root))


def _named(root: Path) -> Iterator[Path]:
    for path in sorted([*root.glob("layouts/**/*.yaml"), *root.glob("f*/*.yaml")]):
        name = PurePosixPath(path.relative_to(root).as_posix())
        text = path.read_bytes()
        if schema_of(name) and not text.startswith(b"# yaml-language-server:"):
            write_atomic(path, first_line(name).encode() + b"\n" + text)
            yield path


def _same(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def _of(model: type[Spec]) -> Schema:
    return {"$schema": _DRAFT, **model.model_json_schema()}


def _by_name(model: type[Spec]) -> Schema:
    """A file that is a mapping of names to entries."""
    entry = model.model_json_schema()
    inner = entry.pop("$defs", {})
    return {"$schema": _DRAFT, "type": "object", "additionalProperties": entry, "$defs": inner}


def _offer(schema: Schema, key: str, names: Iterable[str], *more: Schema) -> None:
    """Let a text be one of these names, or what `more` says."""
    told: Schema = schema["properties"][key]
    told.pop("type", None)
    known: Schema = {"enum": list(dict.fromkeys(names))}
    told |= {"anyOf": [known, *more]} if more else known
