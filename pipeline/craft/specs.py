"""From the designers' YAML files to the model's values: read, check against each other, all problems at once.

Layouts live in `layouts/documents/<type>/layout.yaml`, issuers in `layouts/issuers/<issuer>.yaml`, press sheets in
`layouts/sheets/<sheet>.yaml`, the typefaces' list in `fonts/typefaces.yaml`.
"""

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from pipeline.base.problems import LayoutError, Problem, SheetError
from pipeline.craft import sheet_lint
from pipeline.craft.artwork_lint import KINDS, lint_artwork
from pipeline.craft.layout_lint import Known, lint_colours, lint_layout
from pipeline.craft.plate_lint import lint_plates, lint_spots
from pipeline.craft.press_profiles import FOLDER
from pipeline.craft.security_lint import lint_security
from pipeline.craft.spec_faults import near, validate
from pipeline.craft.typefaces import Typeface, Typefaces
from pipeline.craft.wording_lint import is_addressed, lint_addresses, lint_texts, lint_wording
from pipeline.craft.yamlfile import Location, Source, load
from pipeline.model.issuer import Issuer, SealImage
from pipeline.model.layout import Layout
from pipeline.model.sheet import SheetDesign
from pipeline.model.typeface import TypefaceSpec
from pipeline.model.web_host import WebHost

_PARTS = "parts/"
HOSTS = "web-addresses.yaml"


def read_layout(
    folder: Path,
    typefaces: Collection[str] | None = None,
    values: Mapping[str, Collection[str]] | None = None,
    codes: Mapping[str, Collection[str]] | None = None,
) -> Layout:
    """Read and check a layout and its artwork.

    `typefaces` are the declared ids, `values` and `codes` the names of what fields and 2D codes of each `subject` can show;
    None leaves a kind of names unchecked. Raises LayoutError with every problem; places read `<type>/layout.yaml:12:5`.
    """
    source = load(folder / "layout.yaml", LayoutError, f"{folder.name}/layout.yaml")
    layout = validate(Layout, source, LayoutError)
    known = Known(typefaces, _of(values, layout), _of(codes, layout), _presses(folder))
    problems = [
        *lint_layout(source, layout, known),
        *lint_security(source, layout, known),
        *lint_plates(source, layout),
        *lint_wording(source, layout),
        *lint_addresses(source, layout, read_hosts(folder.parent.parent)),
        *_artwork(folder, source, layout),
    ]
    if problems:
        raise LayoutError(problems)
    return layout


def _presses(folder: Path) -> Collection[str] | None:
    """The press profiles' names, where a layout's folder stands beside theirs."""
    names = [path.stem for path in (folder.parent.parent / FOLDER).glob("*.yaml")]
    return sorted(names) or None


def _of(names: Mapping[str, Collection[str]] | None, layout: Layout) -> Collection[str] | None:
    return None if names is None else names.get(layout.subject, ())


def read_issuer(path: Path, is_insurer_number: Callable[[str], bool] | None = None) -> Issuer:
    """Read and check an issuer with its seals. `is_insurer_number` is the rule for the number's check digit.

    Where the folders of documents and sheets stand beside the issuers', the names used of them are checked too.
    Raises LayoutError with every problem; places read `kyokai.yaml:12:5`.
    """
    source = load(path, LayoutError)
    issuer = validate(Issuer, source, LayoutError)
    problems = [*_seals(path.parent, source, issuer.seals), *_names(path.parent.parent, source, issuer)]
    problems += lint_texts(source, "texts")
    if is_insurer_number and not is_insurer_number(issuer.insurer_number):
        problems.append(Problem("issuer-bad-number", source.where(("insurer_number",)), {}))
    if "ink" not in issuer.theme:
        values = {"colour": "ink", "layout": "—"}
        problems.append(Problem("issuer-no-colour", source.where(("theme",)), values))
    if problems:
        raise LayoutError(problems)
    return issuer


def read_hosts(layouts: Path) -> dict[str, WebHost] | None:
    """The hosts that codes may lead to, from the list in the folder of layouts; None where it has none. LayoutError if the
    list is wrong."""
    if not (layouts / HOSTS).is_file():
        return None
    source = load(layouts / HOSTS, LayoutError)
    if not isinstance(source.value, dict):
        raise LayoutError(Problem("spec-not-a-mapping", source.where(())))
    return {name: validate(WebHost, part(source, name), LayoutError) for name in source.value}


def read_sheet(path: Path) -> SheetDesign:
    """Read and check a press sheet; SheetError with every problem, each with the figures that do not add up."""
    source = load(path, SheetError)
    design = validate(SheetDesign, source, SheetError)
    if problems := [*_vendor(path.parent.parent / "vendors", source, design), *sheet_lint.lint_sheet(source, design)]:
        raise SheetError(problems)
    return design


def read_typefaces(path: Path) -> Typefaces:
    """Read the typefaces' list and check every file against its checksum; LayoutError with every problem."""
    source = load(path, LayoutError)
    if not isinstance(source.value, dict):
        raise LayoutError(Problem("spec-not-a-mapping", source.where(())))
    problems: list[Problem] = []
    faces = []
    for name in source.value:
        try:
            spec = validate(TypefaceSpec, part(source, name), LayoutError)
        except LayoutError as error:
            problems += error.problems
            continue
        at = source.where((name, "file"))
        problems += missing(path.parent, spec.licence, source.where((name, "licence")), "typeface-no-licence")
        absent = missing(path.parent, spec.file, at, "typeface-missing")
        problems += absent
        if not absent and sha256_of(path.parent / spec.file) != spec.sha256:
            problems.append(Problem("typeface-changed", at, {"name": spec.file}))
        faces.append(Typeface(name, path.parent / spec.file, spec.family, spec.weight, spec.sha256))
    if problems:
        raise LayoutError(problems)
    return Typefaces(faces)


def pair(layout: Layout, issuer: Issuer, issuer_id: str = "issuer") -> None:
    """Check a layout against an issuer: its theme has every colour. LayoutError with every problem."""
    place = f"{issuer_id}.yaml theme"
    if problems := [*lint_colours(layout, issuer.theme, place), *lint_spots(layout, issuer, f"{issuer_id}.yaml spots")]:
        raise LayoutError(problems)


def fits(design: SheetDesign, layout: Layout, sheet: str = "sheet", document: str = "layout") -> None:
    """Check a sheet against a layout: the same trim size, no more bleed than the document has. SheetError if not."""
    if problems := sheet_lint.fits(design, layout, sheet, document):
        raise SheetError(problems)


def read_assets(folder: Path, parts: Path | None = None) -> dict[str, bytes]:
    """The files of a layout's folder by name, but for `layout.yaml`; links that leave the folder are left out.

    `parts` is the folder of what layouts have in common; its files are named `parts/…`.
    """
    names = {name: folder / name for name in _files(folder) if name != "layout.yaml"}
    if parts:
        names |= {f"{_PARTS}{name}": parts / name for name in _files(parts)}
    return {name: path.read_bytes() for name, path in names.items()}


def lint_parts(parts: Path) -> None:
    """Check the artwork that layouts have in common; LayoutError with every problem."""
    if problems := list(_lint_files(parts, _files(parts))):
        raise LayoutError(problems)


def _files(folder: Path) -> list[str]:
    inside = (path for path in sorted(folder.rglob("*")) if path.is_file() and _is_inside(folder, path))
    return [path.relative_to(folder).as_posix() for path in inside]


def _is_inside(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def missing(folder: Path, name: str, place: str, code: str) -> list[Problem]:
    """Why a file named in a YAML file cannot be used: it leaves the folder, or it is not there."""
    written = Path(name)
    if written.is_absolute() or ".." in written.parts or not _is_inside(folder, folder / name):
        return [Problem("file-outside-folder", place, {"name": name[:60]})]
    return [] if (folder / name).is_file() else [Problem(code, place, {"name": name[:60]})]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def part(source: Source, key: str) -> Source:
    """One entry of a file as a source of its own, its places still those of the file."""

    def below(spots: dict[Location, object]) -> dict[Location, object]:
        return {location[1:]: spot for location, spot in spots.items() if location[:1] == (key,)}

    return Source(source.name, source.value[key], below(dict(source.values)), below(dict(source.keys)))  # type: ignore[arg-type]


def _artwork(folder: Path, source: Source, layout: Layout) -> Iterator[Problem]:
    for number, leaf in enumerate(layout.leaves):
        for side, spec in (("front", leaf.front), ("back", leaf.back)):
            if spec:
                at = source.where(("leaves", number, side, "artwork"))
                yield from missing(folder, spec.artwork, at, "artwork-missing")
    if layout.web:
        yield from missing(folder, layout.web, source.where(("web",)), "artwork-missing")
    yield from _lint_files(folder, _files(folder), is_addressed(layout))


def _lint_files(folder: Path, files: Collection[str], addressed: bool = False) -> Iterator[Problem]:
    for name in files:
        if name.endswith(KINDS):
            try:
                text = (folder / name).read_text("utf-8")
            except UnicodeDecodeError:
                yield Problem("artwork-not-utf8", f"{folder.name}/{name}", {"name": name})
                continue
            yield from lint_artwork(f"{folder.name}/{name}", text, files, addressed)


def _seals(folder: Path, source: Source, seals: tuple[SealImage, ...]) -> Iterator[Problem]:
    """Seal images are there, are the ones meant, and no two are in force on one day."""
    for number, seal in enumerate(seals):
        at = source.where(("seals", number, "image"))
        if absent := missing(folder, seal.image, at, "seal-missing"):
            yield from absent
        elif sha256_of(folder / seal.image) != seal.sha256.lower():
            yield Problem("seal-changed", source.where(("seals", number, "sha256")), {"name": seal.image})
        if seal.valid_until and seal.valid_until < seal.valid_from:
            values = {"from": seal.valid_from.isoformat(), "until": seal.valid_until.isoformat()}
            yield Problem("seal-dates-reversed", source.where(("seals", number, "valid_until")), values)
    in_order = sorted(enumerate(seals), key=lambda pair: pair[1].valid_from)
    for (_, one), (number, two) in pairwise(in_order):
        if one.valid_until is None or two.valid_from <= one.valid_until:
            values = {"day": two.valid_from.isoformat()}
            yield Problem("seal-dates-overlap", source.where(("seals", number, "valid_from")), values)


def _vendor(vendors: Path, source: Source, design: SheetDesign) -> Iterator[Problem]:
    """The vendor that a sheet names is there, where the vendors' folder is."""
    known = [path.stem for path in vendors.glob("*.yaml")]
    if known and design.vendor not in known:
        values = {"name": design.vendor[:60], "known": near(design.vendor, known)}
        yield Problem("sheet-unknown-vendor", source.where(("vendor",)), values)


def _names(layouts: Path, source: Source, issuer: Issuer) -> Iterator[Problem]:
    """The document types and sheets that an issuer names are there."""
    documents = [path.parent.name for path in layouts.glob("documents/*/layout.yaml")]
    sheets = [path.stem for path in layouts.glob("sheets/*.yaml")]
    for document, policy in issuer.documents.items():
        at: Location = ("documents", document)
        named = [(at, document, documents, "documents")] if documents else []
        if sheets:
            named += [((*at, key), getattr(policy, key), sheets, "sheets") for key in ("sheet", "office_sheet")]
        for location, name, known, kind in named:
            if name not in known:
                values = {"name": name, "known": near(name, known), "kind": kind}
                yield Problem("issuer-unknown-name", source.where(location, key=kind == "documents"), values)
