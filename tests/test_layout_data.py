"""The data designers and issuers write: every file fits its model, every box lies on the paper, every name exists."""

import hashlib
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from pipeline.base.geometry import Box
from pipeline.craft.linear import CLEAR
from pipeline.model.issuer import Issuer
from pipeline.model.layout import Layout, SideSpec
from pipeline.model.sheet import SheetDesign

LAYOUTS = Path(__file__).parent.parent / "layouts"
DOCUMENTS = sorted(LAYOUTS.glob("documents/*/layout.yaml"))
ISSUERS = sorted(LAYOUTS.glob("issuers/*.yaml"))
SHEETS = sorted(LAYOUTS.glob("sheets/*.yaml"))
UD_FACES = ("gothic", "gothic-bold", "pgothic", "pgothic-bold", "mincho")
TYPEFACES = {f"biz-ud-{face}" for face in UD_FACES} | {"ipamj-mincho"}


def read(path: Path) -> dict[str, object]:
    return dict(yaml.safe_load(path.read_text("utf-8")))


def name(path: Path) -> str:
    return path.parent.name if path.name == "layout.yaml" else path.stem


def layout_of(path: Path) -> Layout:
    return Layout.model_validate(read(path))


def issuers() -> dict[str, Issuer]:
    return {path.stem: Issuer.model_validate(read(path)) for path in ISSUERS}


def sheets() -> dict[str, SheetDesign]:
    return {path.stem: SheetDesign.model_validate(read(path)) for path in SHEETS}


def sides(layout: Layout) -> list[SideSpec]:
    return [side for leaf in layout.leaves for side in (leaf.front, leaf.back) if side]


def boxes(side: SideSpec) -> dict[str, Box]:
    places = {key: spec.box.box for key, spec in side.fields.items()}
    places |= {key: spec.box.box for key, spec in side.codes.items()}
    places |= {key: spec.box.box for key, spec in side.seals.items()}
    assert len(places) == len(side.fields) + len(side.codes) + len(side.seals), "a name is used twice"
    return places


def test_all_three_kinds_are_there() -> None:
    assert DOCUMENTS and ISSUERS and SHEETS


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_box_lies_in_the_safe_area_and_apart(path: Path) -> None:
    layout = layout_of(path)
    safe = Box(0, 0, layout.page.width, layout.page.height).grown(-layout.page.safe)
    for side in sides(layout):
        for key, box in boxes(side).items():
            assert safe.holds(box), (side.artwork, key)
        for (one, first), (other, second) in combinations(boxes(side).items(), 2):
            assert not first.overlaps(second), (side.artwork, one, other)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_the_quiet_zone_of_a_code_is_free(path: Path) -> None:
    layout = layout_of(path)
    for side in sides(layout):
        for key, code in side.codes.items():
            if code.kind != "qr":
                quiet = code.box.box.grown(CLEAR[code.kind])
                assert not any(other != key and quiet.overlaps(box) for other, box in boxes(side).items()), key
                continue
            assert layout.subject != "member" or code.box.width >= 41 * code.module, "a full-width symbol needs version 6"
            quiet = code.box.box.grown(code.quiet * max(code.module, code.box.width // 33))
            assert Box(0, 0, layout.page.width, layout.page.height).holds(quiet)
            for other, box in boxes(side).items():
                assert other == key or not quiet.overlaps(box), other


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_name_in_a_layout_exists(path: Path) -> None:
    layout = layout_of(path)
    for role, chain in layout.typefaces.items():
        assert chain and set(chain) <= TYPEFACES, role
    for key, style in layout.styles.items():
        assert style.typeface in layout.typefaces, key
    used = {field.style for side in sides(layout) for field in side.fields.values()}
    assert used == set(layout.styles)
    for side in sides(layout):
        assert (path.parent / side.artwork).is_file()
        for key, field in side.fields.items():
            assert field.overflow == "hold" or field.overflow in {n for s in sides(layout) for n in s.fields}, key
            assert key in layout.terms, "messages call a field by its term"
        if side.pantograph:
            assert side.pantograph.typeface in TYPEFACES
            assert set(side.pantograph.clear) <= set(boxes(side))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_colour_exists_in_every_issuer_s_theme(path: Path) -> None:
    layout = layout_of(path)
    wanted = {style.colour for style in layout.styles.values()}
    for side in sides(layout):
        wanted |= {side.ground} if side.ground else set()
        wanted |= {side.pantograph.colour} if side.pantograph else set()
    for issuer_id, issuer in issuers().items():
        assert wanted <= set(issuer.theme), issuer_id


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_step_of_fitting_stays_in_its_box(path: Path) -> None:
    layout = layout_of(path)
    for side in sides(layout):
        for key, field in side.fields.items():
            steps = layout.styles[field.style].fit
            assert [step.size for step in steps] == sorted((step.size for step in steps), reverse=True), field.style
            for step in steps:
                assert step.size >= 1764, "never below 5 pt"
                assert step.lines == 1 or step.leading >= step.size * 0.95, (key, "lines touch")
                assert step.baseline >= step.size * 0.8, (key, "rises over its box")
                lowest = step.baseline + (step.lines - 1) * step.leading + step.size * 12 // 100
                assert lowest <= field.box.height, (key, step.size, "hangs below its box")


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_every_leaf_and_back_carries_the_serial(path: Path) -> None:
    """Of a member's document; a bundle's papers carry its number instead, the same for everybody need none."""
    layout = layout_of(path)
    if layout.subject != "member":
        numbered = "bundle.no" if layout.subject == "bundle" else "lot.name" if layout.subject == "lot" else ""
        assert not numbered or all(any(f.value == numbered for f in side.fields.values()) for side in sides(layout))
        return
    for side in sides(layout):
        assert [field.required for field in side.fields.values() if field.value == "issue.serial"] == [True], side.artwork


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_last_digits_never_share_a_layout_with_plastic(path: Path) -> None:
    layout = layout_of(path)
    digits = [field for side in sides(layout) for field in side.fields.values() if field.value == "member.my_number_masked"]
    assert not digits or (layout.material == "paper" and len(digits) == 1)


@pytest.mark.parametrize("path", ISSUERS, ids=name)
def test_issuers_name_documents_sheets_and_seals_that_exist(path: Path) -> None:
    issuer = issuers()[path.stem]
    layouts = {document.parent.name: layout_of(document) for document in DOCUMENTS}
    for document, policy in issuer.documents.items():
        page = layouts[document].page
        for sheet in (policy.sheet, policy.office_sheet):
            piece = sheets()[sheet].piece
            assert (piece.width, piece.height, piece.bleed) == (page.width, page.height, page.bleed), sheet
    for seal in issuer.seals:
        assert hashlib.sha256((path.parent / seal.image).read_bytes()).hexdigest() == seal.sha256


def test_issuers_share_vocabulary_texts_and_colours() -> None:
    first, *others = issuers().values()
    for other in others:
        assert other.vocabulary.keys() == first.vocabulary.keys()
        assert other.texts.keys() == first.texts.keys()
        assert other.theme.keys() == first.theme.keys()
    assert all(issuer.theme["ink"] == (0, 0, 0, 100) for issuer in issuers().values())


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_pieces_with_their_bleed_fit_on_the_sheet(path: Path) -> None:
    sheet = sheets()[path.stem]
    piece, grid = sheet.piece, sheet.grid
    width, height = (piece.width, piece.height) if piece.rotate in (0, 180) else (piece.height, piece.width)
    across = grid.columns * width + (grid.columns - 1) * grid.gutter_x + 2 * piece.bleed
    down = grid.rows * height + (grid.rows - 1) * grid.gutter_y + 2 * piece.bleed
    assert across <= sheet.width and down + 2 * sheet.gripper.depth <= sheet.height
    assert grid.columns == 1 or grid.gutter_x >= 2 * piece.bleed
    assert grid.rows == 1 or grid.gutter_y >= 2 * piece.bleed


def test_notices_share_their_first_page() -> None:
    fronts = {path.with_name("front.html").read_bytes() for path in DOCUMENTS if layout_of(path).letter == "N"}
    assert len(fronts) == 1
