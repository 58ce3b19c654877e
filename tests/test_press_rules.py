"""The rules of a press file by their ids: a part that is made keeps them all, and each is found when it is broken."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.stages.checking.opened import File
from pipeline.stages.checking.plan import Plan
from pipeline.stages.checking.rulebook import RULES, Broken, broken_rules
from tests import planted
from tests.planted import CARD, Change, Lot, content, plant, press, sub

COUNT = 22
VENDORS = ("house", "house-x1a", "house-vt", "office")
PAGE = "BT /F0 9 Tf 1 0 0 1 90 1150 Tm ET "  # in the first piece of the first page, in points


def lot_for(vendor: str) -> Lot:
    return planted.real(CARD, "kyosai", COUNT)._replace(conditions=planted.conditions(vendor))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("rules")
    return {vendor: press(lot_for(vendor), folder / f"{vendor}.pdf") for vendor in VENDORS}


def asked(vendor: str, part: Path, size: int | None = None, wanted: int | None = None) -> list[Broken]:
    lot = lot_for(vendor)
    plan = Plan(lot.template, lot.design, lot.documents, lot.conditions)
    with pikepdf.open(part) as pdf:
        pages = plan.sheets * plan.surfaces if wanted is None else wanted
        return list(broken_rules(pdf, lot.conditions, size or part.stat().st_size, plan.pieces(), pages))


@pytest.mark.parametrize("vendor", VENDORS)
def test_what_is_made_keeps_every_rule(parts: dict[str, Path], vendor: str) -> None:
    assert asked(vendor, parts[vendor]) == []


def _info(key: str, value: Any) -> Change:
    return lambda pdf: pdf.trailer.Info.__setitem__(key, value)


def _root(key: str, value: Any) -> Change:
    return lambda pdf: pdf.Root.__setitem__(key, value)


def _without(find: Callable[[pikepdf.Pdf], Any], key: str) -> Change:
    return lambda pdf: find(pdf).__delitem__(key)


def _page(key: str, value: Any) -> Change:
    return lambda pdf: pdf.pages[1].obj.__setitem__(key, value)


def _packet(before: bytes, after: bytes) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        packet = pdf.Root.Metadata.read_bytes()
        assert before in packet
        pdf.Root.Metadata.write(packet.replace(before, after))

    return change


def _profile(at: int, text: bytes) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        stream = pdf.Root.OutputIntents[0].DestOutputProfile
        data = stream.read_bytes()
        stream.write(data[:at] + text + data[at + len(text) :])

    return change


def _paints(operators: str) -> Change:
    """Something more on the first page, in points, painted last."""

    def change(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page.Contents.write(b"q\n" + page.Contents.read_bytes() + b"Q\n" + operators.encode())

    return change


def _drawn(find: Callable[[Any], Any], key: str, value: Any) -> Change:
    return lambda pdf: find(pdf.pages[0].obj.Resources).__setitem__(key, value)


def _artwork(resources: Any) -> Any:
    return resources.XObject.T0F.Resources.XObject.Artwork


def _unembedded(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0].obj.Resources.Font.F0.DescendantFonts[0].FontDescriptor["/FontFile2"]


def _second_alternate(pdf: pikepdf.Pdf) -> None:
    space = pdf.pages[0].obj.Resources.XObject.M1.Resources.ColorSpace
    other = pikepdf.Array(list(space.All)[:3])
    tint = pikepdf.Dictionary(dict(space.All[3].items()))
    tint["/C1"] = pikepdf.Array([0, 0, 0, 1])
    other.append(tint)
    space["/All"] = other


def _blend(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Resources.ExtGState.K["/ca"] = 0.5


def _leaf(key: str, value: Callable[[pikepdf.Pdf], Any]) -> Change:
    return lambda pdf: pdf.Root.DPartRoot.DPartRootNode.DParts[0][0].__setitem__(key, value(pdf))


def _flat(pdf: pikepdf.Pdf) -> None:
    node = pdf.Root.DPartRoot.DPartRootNode
    node["/DParts"] = node.DParts[0]


def _same_identity(pdf: pikepdf.Pdf) -> None:
    forms = pdf.pages[0].obj.Resources.XObject
    forms.T0F["/GTS_XID"] = forms.T0B.GTS_XID


BLACK, IN_PIECE = "0 0 0 1 k ", "90 1150 10 10 re f\n"
BROKEN: dict[str, tuple[str, Change, str]] = {
    "an older version in the catalog": ("house", _root("/Version", pikepdf.Name("/1.4")), "X01"),
    "the claim of another standard": ("house", _packet(b"PDF/X-4", b"PDF/X-3"), "X02"),
    "X-1a without its claim in Info": ("house-x1a", _without(lambda pdf: pdf.trailer.Info, "/GTS_PDFXVersion"), "X02"),
    "a profile of a screen": ("house", _profile(12, b"mntr"), "X03"),
    "a profile for RGB": ("house", _profile(16, b"RGB "), "X03"),
    "no output intent": ("house", _root("/OutputIntents", pikepdf.Array()), "X03"),
    "no TrimBox": ("house", _without(lambda pdf: pdf.pages[1].obj, "/TrimBox"), "X06"),
    "an ArtBox as well": ("house", _page("/ArtBox", pikepdf.Array([0, 0, 9, 9])), "X06"),
    "a bleed beyond the sheet": ("house", _page("/BleedBox", pikepdf.Array([-5, 0, 900, 1200])), "X06"),
    "a typeface not embedded": ("house", _unembedded, "X07"),
    "trapped in Info alone": ("house", _info("/Trapped", pikepdf.Name("/True")), "X08"),
    "another title": ("house", _info("/Title", "x"), "X09"),
    "no title": ("house", _without(lambda pdf: pdf.trailer.Info, "/Title"), "X09"),
    "no rendition": ("house", _packet(b"RenditionClass", b"RenditionKlasse"), "X09"),
    "a colour of a screen": ("house", _paints("1 0 0 rg " + IN_PIECE), "X10"),
    "a picture of a screen": ("house", _drawn(_artwork, "/Group", pikepdf.Dictionary(CS=pikepdf.Name.DeviceRGB)), "X10"),
    "transparency without its inks": ("house", _blend, "X11"),
    "transparency in X-1a": ("house-x1a", _blend, "X11"),
    "one plate with two meanings": ("house", _second_alternate, "X12"),
    "an action": ("house", _root("/OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript)), "X13"),
    "a note on a page": ("house", _page("/Annots", pikepdf.Array()), "X13"),
    "a transfer curve": ("house", _drawn(lambda found: found.ExtGState.K, "/TR", pikepdf.Name("/Other")), "X13"),
    "a picture that is smoothed": ("house", _drawn(_artwork, "/Interpolate", True), "X15"),
    "too much ink": ("house", _paints("1 1 1 0.5 k " + IN_PIECE), "X16"),
    "a hairline": ("house", _paints("0 0 0 1 K 0.1 w 90 1150 m 99 1150 l S\n"), "X16"),
    "small type": ("house", _paints("/K gs BT /F0 3 Tf 0 0 0 1 k 1 0 0 1 90 1150 Tm (\\0001) Tj ET\n"), "X16"),
    "black of four inks": ("house", _paints("/N gs BT /F0 9 Tf 0.5 0.5 0.5 1 k 1 0 0 1 90 1150 Tm (\\0001) Tj ET\n"), "X16"),
    "black that knocks out": ("house", _paints("/N gs BT /F0 9 Tf 0 0 0 1 k 1 0 0 1 90 1150 Tm (\\0001) Tj ET\n"), "X16"),
    "a coarse picture": (
        "house",
        _paints("q 72 0 0 72 90 1100 cm BI /W 72 /H 72 /BPC 8 /CS /G /F /AHx ID 00> EI Q\n"),
        "X16",
    ),
    "register marks on a card": (
        "house",
        content(sub(rb"/M0 Do\n", b"q 1 0 0 1 0 -60000 cm\n/M0 Do\nQ\n")),
        "X17",
    ),
    "records of nobody's asking": ("house", _root("/DPartRoot", pikepdf.Dictionary()), "V01"),
    "no claim of VT": ("house-vt", _packet(b"PDF/VT-1", b"PDF/VT-2"), "V02"),
    "changed on another day": ("house-vt", _packet(b"GTS_PDFVTModDate>2026", b"GTS_PDFVTModDate>2025"), "V02"),
    "records at no level": ("house-vt", lambda pdf: pdf.Root.DPartRoot.__setitem__("/RecordLevel", 2), "V03"),
    "a flat tree": ("house-vt", _flat, "V04"),
    "a sheet that begins too late": ("house-vt", _leaf("/Start", lambda pdf: pdf.pages[1].obj), "V04"),
    "a sheet that ends too late": ("house-vt", _leaf("/End", lambda pdf: pdf.pages[3].obj), "V04"),
    "a page of another sheet": (
        "house-vt",
        lambda pdf: pdf.pages[1].obj.__setitem__("/DPart", pdf.pages[2].obj.DPart),
        "V04",
    ),
    "a name among the records": ("house-vt", _leaf("/DPM", lambda pdf: pikepdf.Dictionary(Name="見本　花子")), "V05"),
    "one identity for two forms": ("house-vt", _same_identity, "V06"),
    "a form without a group": ("house-vt", _without(lambda pdf: pdf.pages[0].obj.Resources.XObject.T0F, "/Group"), "V06"),
    "a layer of no step": (
        "house",
        lambda pdf: pdf.Root.OCProperties.OCGs[0].GTS_Metadata.__setitem__("/GTS_ProcStepsType", pikepdf.Name("/Cut")),
        "V07",
    ),
    "a die line that knocks out": (
        "house",
        lambda pdf: (form := pdf.pages[0].obj.Resources.XObject.P0F).write(form.read_bytes().replace(b"/K gs", b"")),
        "V07",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rule_is_named(parts: dict[str, Path], fault: str) -> None:
    vendor, change, rule = BROKEN[fault]
    found = asked(vendor, plant(parts[vendor], change))
    assert rule in {one.rule for one in found}, found


def test_every_rule_is_broken_somewhere() -> None:
    elsewhere = {"X01", "X04", "X05", "X14", "X17"}  # below
    assert {rule for *_, rule in BROKEN.values()} | elsewhere == set(RULES)


def test_a_header_of_another_version(parts: dict[str, Path]) -> None:
    assert {one.rule for one in asked("house-x1a", parts["house"])} >= {"X01", "X02"}


def test_a_locked_file(parts: dict[str, Path], tmp_path: Path) -> None:
    locked = tmp_path / "locked.pdf"
    with pikepdf.open(parts["house"]) as pdf:
        pdf.save(locked, encryption=pikepdf.Encryption(user="", owner="x"))
    assert "X04" in {one.rule for one in asked("house", locked)}


def test_no_identity(parts: dict[str, Path], tmp_path: Path) -> None:
    bare = tmp_path / "bare.pdf"
    data = parts["house"].read_bytes()
    at = data.rindex(b"/ID")
    bare.write_bytes(data[:at] + b"/IX" + data[at + 3 :])
    assert "X05" in {one.rule for one in asked("house", bare)}


def _saved(part: Path, change: Change, path: Path) -> Path:
    """As it is changed, filters and all."""
    with pikepdf.open(part) as pdf:
        change(pdf)
        pdf.save(path, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return path


def test_metadata_behind_a_filter(parts: dict[str, Path]) -> None:
    """Asked while it is open: the library writes metadata without a filter, whatever it is given."""
    lot = lot_for("house")
    with pikepdf.open(parts["house"]) as pdf:
        packet = pdf.Root.Metadata.read_bytes()
        pdf.Root.Metadata.write(packet.hex().encode() + b">", filter=pikepdf.Name.ASCIIHexDecode)
        assert {one.rule for one in broken_rules(pdf, lot.conditions, 1, [], len(pdf.pages))} >= {"X02"}


def test_a_filter_that_is_refused(parts: dict[str, Path], tmp_path: Path) -> None:
    data = b"\x80\x0b\x60\x50\x22\x0c\x0c\x85\x01"
    lzw = lambda pdf: _root("/Odd", pdf.make_stream(data, Filter=pikepdf.Name.LZWDecode))(pdf)  # noqa: E731
    assert "X14" in {one.rule for one in asked("house", _saved(parts["house"], lzw, tmp_path / "lzw.pdf"))}


def test_amounts(parts: dict[str, Path]) -> None:
    assert {one.rule for one in asked("house", parts["house"], size=2_000_000_001)} == {"X17"}
    assert {one.rule for one in asked("house", parts["house"], wanted=6)} == {"X17"}


def test_preflight_asks_the_rules(parts: dict[str, Path]) -> None:
    _, change, _ = BROKEN["small type"]
    found = planted.read_back(lot_for("house"), plant(parts["house"], change), raster_every=0).faults
    assert [dict(one.values)["rule"] for one in found if one.code == "preflight-rule"] == ["X16"]


def test_what_cannot_be_read_breaks_the_rule(parts: dict[str, Path]) -> None:
    found = asked("house", plant(parts["house"], _root("/OutputIntents", pikepdf.Name.None_)))
    assert any(one.rule == "X03" and "cannot be read" in one.what for one in found)


def test_things_are_named_with_their_object(parts: dict[str, Path]) -> None:
    lot = lot_for("house")
    with pikepdf.open(parts["house"]) as pdf:
        names = [name for name, _ in File(pdf, lot.conditions, 1, [], 0).things]
    assert len(names) > 50 and len(set(names)) == len(names)
