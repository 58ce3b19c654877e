"""Further kinds of patterns on finished press files: what is drawn and woven is read back, and what is altered is found."""

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
import yaml

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError
from pipeline.craft.ink import BLACK
from pipeline.craft.specs import read_layout
from pipeline.craft.typefaces import FaceUse
from pipeline.craft.weaving import Loom
from pipeline.model.layout import Layout
from pipeline.model.security import SecuritySpec
from pipeline.model.template import LeafTemplate, Template, Woven
from pipeline.office.shop import Shop
from pipeline.stages.impose import slots
from tests import orders, planted
from tests.faces import typefaces
from tests.planted import CARD, Change, Lot, codes_of, plant, press, read_back, slot, stream, sub

ISSUER = "kyosai"  # its ground has a plate of its own
_BOX = {"left": "4mm", "top": "31mm", "width": "60mm", "height": "6mm"}
_FRAME = {"left": "3mm", "top": "3mm", "width": "79mm", "height": "47mm"}
_WORD = {"word": "原本", "typeface": "biz-ud-gothic-bold", "height": "20mm", "colour": "ground", "profile": "laser-600"}
_SECURITY: dict[str, dict[str, dict[str, Any]]] = {
    "reliefs": {"word": _WORD},
    "guilloches": {"frame": {"shape": "frame", "box": _FRAME, "profile": "laser-600"}},
    "microtexts": {
        "frame": {
            "text": ["issuer.name", "layout.title"], "typeface": "biz-ud-gothic", "size": "0.3mm", "box": _FRAME,
            "along": ["top", "right", "bottom", "left"], "profile": "offset-2400",
        }
    },
    "woven": {
        "ground": {"field": "serial", "box": _BOX, "size": "1.5mm", "step": "2mm", "profile": "laser-600"},
        "line": {
            "field": "number", "size": "0.34mm", "profile": "laser-1200", "colour": "ink",
            "box": {"left": "4mm", "top": "15.3mm", "width": "62mm", "height": "0.4mm"},
        },
    },
}  # fmt: skip


def with_security(layout: Layout) -> Layout:
    """The card with every further kind on its front."""
    (leaf,) = layout.leaves
    front = leaf.front.model_copy(update={"security": SecuritySpec.model_validate(_SECURITY)})
    return layout.model_copy(update={"leaves": (leaf.model_copy(update={"front": front}),)})


@cache
def template() -> Template:
    shop = Shop()
    shop._layouts[CARD] = with_security(shop.layout(CARD))
    return shop.compiled(CARD, ISSUER, orders.DAY)


@cache
def lot(vendor: str = "house") -> Lot:
    return planted.real(CARD, ISSUER, 9)._replace(template=template(), conditions=planted.conditions(vendor))


@pytest.fixture(scope="module")
def part(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return press(lot(), tmp_path_factory.mktemp("security") / "part.pdf")


@pytest.mark.parametrize("vendor", sorted(path.stem for path in (orders.ROOT / "layouts" / "vendors").glob("*.yaml")))
def test_every_kind_is_read_back_for_every_vendor(vendor: str, tmp_path: Path) -> None:
    """Names beyond 16 bits are among the members; a spot colour's lines go on its plate where there are plates."""
    report = read_back(lot(vendor), press(lot(vendor), tmp_path / "part.pdf"))
    assert report.faults == []
    assert report.pieces == 9


def test_the_same_piece_gives_the_same_bytes(part: Path, tmp_path: Path) -> None:
    assert press(lot(), tmp_path / "again.pdf").read_bytes() == part.read_bytes()


def test_line_work_is_one_form_and_a_spot_s_lines_are_on_its_plate(part: Path) -> None:
    with pikepdf.open(part) as pdf:
        drawn = _lines(pdf.pages[0].obj.Resources)
        fronts = [page.obj.Resources.XObject.T0F.objgen for page in pdf.pages]
        assert len(set(fronts)) == 1 and pdf.pages[0].obj.Contents.read_bytes().count(b"/T0F Do\n") == 9
        assert len(drawn.read_raw_bytes()) < 40_000
        assert str(drawn.Resources.ColorSpace.L0[1]) == "/Ground Yellow"
        assert drawn.read_bytes().count(b"S\n") == 2
    assert "Ground Yellow" in template().spots


def test_each_piece_says_its_own_serial_and_no_other(part: Path) -> None:
    height = lot().design.height / 25_400 * 72
    with pypdfium2.PdfDocument(part) as pdf:
        text = pdf[0].get_textpage()
        for n, document in enumerate(lot().documents[:3]):
            box = [float(edge) for edge in _edges(n)]
            told = text.get_text_bounded(left=box[0], bottom=height - box[3], right=box[2], top=height - box[1])
            said = re.findall(r"\d{4}-\d{7}-.", told)
            assert len(said) > 10 and set(said) == {document.serial}


def _edges(n: int) -> tuple[float, float, float, float]:
    """A piece's trim on the first page, points from the top left: left, top, right, bottom."""
    trim = slots(lot().design)[n].on(0)
    return tuple(edge / 25_400 * 72 for edge in (trim.left, trim.top, trim.right, trim.bottom))  # type: ignore[return-value]


@cache
def odd_lot() -> Lot:
    """Difficult names and texts that may be missing, woven in black and in a colour, on a front and on a back."""
    lot = planted.odd(12)
    (first, second) = lot.template.leaves
    fields = {field.name: n for n, field in enumerate(first.front.texts)}
    patterns = [("name", BLACK, 350), ("address", (0, 0, 300, 0), 350), ("name", (0, 0, 300, 0), 30_000)]
    woven = tuple(
        Woven(f"{name} {n}", fields[name], Box(5_000, 20_000 + 2_000 * n, 50_000, 1_600), size, 350, 600, 3, 800, ink)
        for n, (name, ink, size) in enumerate(patterns)
    )
    assert first.back
    back = replace(first.back, woven=(replace(woven[0], field=0, rows=1, shift=0),))
    leaves = (LeafTemplate(replace(first.front, woven=woven), back), second)
    return lot._replace(template=replace(lot.template, leaves=leaves))


def test_any_text_can_be_woven(tmp_path: Path) -> None:
    """Beyond 16 bits, with selectors, brackets and backslashes, of two lines, missing, too long for a row."""
    report = read_back(odd_lot(), press(odd_lot(), tmp_path / "odd.pdf"), raster_every=0)
    assert report.faults == []
    assert report.pieces == 12


def test_texts_are_woven_together_as_one_by_one() -> None:
    side = template().leaves[0].front
    woven = next(one for one in side.woven if one.name == "ground")
    numbers = [f"0001-{n:07d}-K" for n in range(40)] + ["X"]

    def loom(name: str) -> tuple[Loom, FaceUse]:
        use = FaceUse(typefaces()[name])
        fields = replace(side.texts[woven.field], settings=(replace(side.texts[woven.field].settings[0], typeface=name),))
        return Loom(woven, fields, template().height, {name: b"/F0"}, {name: use}), use

    for name in ("biz-ud-gothic", "biz-ud-pgothic"):
        (quick, used), (slow, noted) = loom(name), loom(name)
        assert quick.weave(numbers, [0] * len(numbers)) == [slow.weave([one, ""], [0, 0])[0] for one in numbers]
        assert used.characters == noted.characters


def test_issuer_microtext_runs_along_all_edges_of_its_box() -> None:
    """In the shared artwork, at 1 pt at most, and within the box."""
    front = template().leaves[0].front
    with pypdfium2.PdfDocument(io.BytesIO(front.pdf)) as pdf:
        text = pdf[0].get_textpage()
        pitch = 72 / 25_400
        left, top, right, bottom = (edge * pitch for edge in (6_000, 6_000, 85_000, 53_000))  # of the bleed box
        height = pdf[0].get_height()
        words = Shop().issuer(ISSUER).name + "資格確認書"
        strip = 300 * pitch
        for edges in (
            (left, top, right, top + strip), (left, bottom - strip, right, bottom),
            (left, top, left + strip, bottom), (right - strip, top, right, bottom),
        ):  # fmt: skip
            told = text.get_text_bounded(left=edges[0], bottom=height - edges[3], right=edges[2], top=height - edges[1])
            assert told.replace("\r\n", "").count(words) > 8, edges


# What was altered is found.


def _lines(resources: Any) -> Any:
    return resources.XObject.T0F.Resources.XObject.Lines


def _state(pdf: pikepdf.Pdf) -> None:
    _lines(pdf.pages[0].obj.Resources).Resources.ExtGState.K.op = False


def _plate(pdf: pikepdf.Pdf) -> None:
    _lines(pdf.pages[0].obj.Resources).Resources.ColorSpace.L0[1] = pikepdf.Name.Other


def _gone(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj.Resources.XObject.T0F.Resources.XObject["/Lines"]


ALTERED: dict[str, Change] = {
    "thinner lines": stream(_lines, sub(rb"100 w", b"60 w")),
    "another colour": stream(_lines, sub(rb"0 ([\d.]+) ([\d.]+) 0 K", rb"0 \1 \2 0.2 K")),
    "a curve moved": stream(_lines, sub(rb"(\d) c\n", rb"\g<1>0 c\n")),
    "something filled": stream(_lines, sub(rb"S\n\Z", b"S\n0 0 1000 1000 re f\n")),
    "not overprinting": stream(_lines, sub(rb"/K gs\n", b"")),
    "another state": _state,
    "another plate": _plate,
    "no line work": _gone,
    "not drawn": stream(lambda resources: resources.XObject.T0F, sub(rb"/Lines Do\n", b"")),
}


@pytest.mark.parametrize("what", ALTERED)
def test_altered_line_work_is_found(what: str, part: Path) -> None:
    assert "preflight-artwork" in codes_of(read_back(lot(), plant(part, ALTERED[what])).faults)


def _other_serial(data: bytes) -> bytes:
    """The rows say the next piece's serial; the field below them says its own."""
    own, other = (lot().documents[n].serial.encode("utf-16-be") for n in (1, 2))
    assert own in data
    return data.replace(own + " ".encode("utf-16-be"), other + " ".encode("utf-16-be"))


WOVEN: dict[str, Callable[[bytes], bytes]] = {
    "another serial": _other_serial,
    "a row less": sub(rb" 1 0 0 1 \d+ \d+ Tm\([^\n]*?\)Tj\n 1 0 0 1", b" 1 0 0 1"),
    "a row moved": sub(rb"/F(\d) 1500 Tf 1 0 0 1 (\d+)", rb"/F\1 1500 Tf 1 0 0 1 1\2"),
    "another size": sub(rb" 1500 Tf", b" 1200 Tf"),
    "once less": sub(re.escape(" ".encode("utf-16-be")) + rb"\)Tj", rb")Tj"),
    "a row more": sub(rb"( 1 0 0 1 4000 \d+ Tm\([^\n]*?\)Tj\n)", rb"\1\1"),
}


@pytest.mark.parametrize("what", WOVEN)
def test_altered_rows_are_found(what: str, part: Path) -> None:
    found = codes_of(read_back(lot(), plant(part, slot(WOVEN[what]))).faults)
    assert found and ("preflight-woven" in found or "preflight-grammar" in found), found


def test_rows_in_another_colour_are_found(part: Path) -> None:
    edit = sub(rb"BT\n([\d.]+) ([\d.]+) ([\d.]+) 0 k", rb"BT\n\1 \2 \3 0.3 k")
    assert "preflight-colour" in codes_of(read_back(lot(), plant(part, slot(edit))).faults)


# What a designer may not write.


def refused(tmp_path: Path, security: dict[str, Any], side: str = "front") -> set[tuple[str, Any]]:
    """Codes and names of a layout's problems with this under its front."""
    shop = Shop()
    source = shop.root / "layouts" / "documents" / CARD
    folder = tmp_path / "documents" / CARD
    shutil.copytree(source, folder)
    shutil.copytree(shop.root / "layouts" / "press-profiles", tmp_path / "press-profiles")
    text = (folder / "layout.yaml").read_text("utf-8")
    told = yaml.load(text, yaml.BaseLoader)
    told["leaves"][0][side]["security"] = security
    (folder / "layout.yaml").write_text(yaml.dump(told, allow_unicode=True), "utf-8")
    with pytest.raises(LayoutError) as fault:
        read_layout(folder, [face.id for face in shop.typefaces()])
    return {(problem.code, problem.values.get("name") or problem.values.get("key")) for problem in fault.value.problems}


def one(kind: str, **more: Any) -> dict[str, Any]:
    """A kind as it is right, with changes."""
    (name,) = list(_SECURITY[kind])[:1]
    return {kind: {name: _SECURITY[kind][name] | more}}


BAD: list[tuple[dict[str, Any], tuple[str, Any]]] = [
    (
        one("guilloches", box={"left": "-1mm", "top": "3mm", "width": "79mm", "height": "47mm"}),
        ("layout-outside-trim", "frame"),
    ),
    (one("guilloches", profile="laser-300"), ("layout-unknown-name", "laser-300")),
    (one("guilloches", clear=["nothing"]), ("layout-unknown-name", "nothing")),
    (one("guilloches", line="0mm"), ("spec-out-of-range", "line")),
    (one("guilloches", lines="1"), ("spec-out-of-range", "lines")),
    (one("reliefs", typeface="comic"), ("layout-unknown-name", "comic")),
    (one("reliefs", step="0mm"), ("spec-out-of-range", "step")),
    (one("reliefs", raised="-1mm"), ("spec-out-of-range", "raised")),
    (one("reliefs", angle="120"), ("spec-out-of-range", "angle")),
    (one("microtexts", text=["issuer.nickname"]), ("layout-unknown-name", "issuer.nickname")),
    (one("microtexts", typeface="comic"), ("layout-unknown-name", "comic")),
    (one("microtexts", size="0.5mm"), ("spec-out-of-range", "size")),
    (one("woven", field="nobody"), ("layout-unknown-name", "nobody")),
    (one("woven", field="insured_name"), ("layout-unknown-name", "insured_name")),
    (one("woven", size="0.8mm"), ("spec-out-of-range", "size")),
    (one("woven", step="1mm"), ("spec-out-of-range", "step")),
    (one("woven", box={"left": "60mm", "top": "15mm", "width": "20mm", "height": "6mm"}), ("layout-overlap", None)),
]


@pytest.mark.parametrize(("security", "expected"), BAD, ids=[f"{code}-{name}" for _, (code, name) in BAD])
def test_what_cannot_be_is_refused_with_its_place(security: dict[str, Any], expected: tuple[str, Any], tmp_path: Path) -> None:
    assert expected in refused(tmp_path, security)
