"""The press file: what it says of itself, its plates and records; every fault planted in them is found."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.base.geometry import Box
from pipeline.model.template import Plate
from tests import planted
from tests.planted import CARD, Change, Lot, content, plant, press, read_back, slot, stream, sub

COUNT = 22  # two sheets of 21 and 1
VENDORS = ("house", "house-x1a", "house-vt", "office")
FILE, PLATE, OVER = {"preflight-press-file"}, {"preflight-plate"}, {"preflight-overprint"}
ART, ODD = {"preflight-artwork"}, {"preflight-structure"}


def lot_for(vendor: str) -> Lot:
    """Cards of the issuer whose ground is a spot, made for a vendor."""
    return planted.real(CARD, "kyosai", COUNT)._replace(conditions=planted.conditions(vendor))


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("press")
    return {vendor: press(lot_for(vendor), folder / f"{vendor}.pdf") for vendor in VENDORS}


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_press_file_is_what_its_vendor_asks_for(parts: dict[str, Path], vendor: str) -> None:
    report = read_back(lot_for(vendor), parts[vendor])
    assert (report.faults, report.leaves) == ([], COUNT)
    others = {other for other in VENDORS if read_back(lot_for(other), parts[vendor], raster_every=0).faults}
    assert others == set(VENDORS) - {vendor}


def test_plates_are_for_printing_companies_only(parts: dict[str, Path]) -> None:
    """A die line from the office printer would be ink on the card."""
    spots = {vendor: set(re.findall(rb"/Separation\s*/([^\s/]+)", parts[vendor].read_bytes())) for vendor in VENDORS}
    assert spots.pop("office") == {b"All"}
    assert set(map(frozenset, spots.values())) == {frozenset((b"All", b"DieLine", b"Ground#20Yellow"))}
    assert b"/OCProperties" in parts["house"].read_bytes()
    assert b"/OC" not in parts["house-x1a"].read_bytes().replace(b"/OCc", b"")


def test_varnish_over_everything_hides_nothing_from_the_checker(tmp_path: Path) -> None:
    lot = lot_for("house")
    front = lot.template.leaves[0].front
    whole = Box(0, 0, lot.template.width, lot.template.height).grown(lot.template.bleed)
    plates = (*front.plates, Plate("Varnish", "varnish", (whole,), (0, 0, 0, 100)))
    leaf = replace(lot.template.leaves[0], front=replace(front, plates=plates))
    varnished = lot._replace(template=replace(lot.template, leaves=(leaf,)))
    part = press(varnished, tmp_path / "part.pdf")
    assert read_back(varnished, part, raster_every=1).faults == []
    assert planted.codes_of(read_back(lot, part).faults) >= ART


def _resources(find: Callable[[Any], Any], key: str, value: Any) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        find(pdf.pages[0].obj.Resources)[key] = value

    return change


def _root(key: str, value: Any = None) -> Change:
    """Put something into the catalog, or take it out."""

    def change(pdf: pikepdf.Pdf) -> None:
        if value is None:
            del pdf.Root[key]
        else:
            pdf.Root[key] = value

    return change


def _on(find: Callable[[pikepdf.Pdf], Any], edit: Callable[[Any], Any]) -> Change:
    return lambda pdf: edit(find(pdf)) and None


def _xmp(before: bytes, after: bytes) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        packet = pdf.Root.Metadata.read_bytes()
        assert before in packet
        pdf.Root.Metadata.write(packet.replace(before, after))

    return change


def _plate(resources: Any) -> Any:
    return resources.XObject.P0F


def _plates_first(data: bytes) -> bytes:
    """The die lines before everything: the artwork would knock them out."""
    pieces = re.compile(rb"(q 1 0 0 1 \d+ \d+ cm\n/P0F Do\nQ\n)+")
    found = pieces.search(data)
    assert found
    head = data.index(b"q 1 0 0 1")
    return data[:head] + found[0] + data[head : found.start()]


def _two_intents(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OutputIntents.append(pdf.Root.OutputIntents[0])


def _other_profile(pdf: pikepdf.Pdf) -> None:
    profile = pdf.Root.OutputIntents[0].DestOutputProfile
    profile.write(profile.read_bytes()[:-1] + b"?")


def _in_intent(key: str, value: str) -> Change:
    return lambda pdf: pdf.Root.OutputIntents[0].__setitem__(key, value)


def _in_page(key: str, edges: list[float] | None) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        if edges is None:
            del pdf.pages[0].obj[key]
        else:
            pdf.pages[0].obj[key] = pikepdf.Array(edges)

    return change


def _info(key: str, value: Any) -> Change:
    return lambda pdf: pdf.trailer.Info.__setitem__(key, value)


def _no_date(pdf: pikepdf.Pdf) -> None:
    del pdf.trailer.Info["/ModDate"]


def _layer(key: str, value: Any) -> Change:
    return lambda pdf: pdf.Root.OCProperties.OCGs[0].GTS_Metadata.__setitem__(key, value)


def _layer_off(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OCProperties.D["/OFF"] = pikepdf.Array([pdf.Root.OCProperties.OCGs[0]])


def _alternate(find: Callable[[Any], Any]) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        find(pdf.pages[0].obj.Resources)[3].C1 = pikepdf.Array([0, 0, 1, 0])

    return change


def _named(find: Callable[[Any], Any], plate: str) -> Change:
    def change(pdf: pikepdf.Pdf) -> None:
        find(pdf.pages[0].obj.Resources)[1] = pikepdf.Name(f"/{plate}")

    return change


def _ground(resources: Any) -> Any:
    return resources.XObject.T0F.Resources.ColorSpace.Ground


def _die(resources: Any) -> Any:
    return _plate(resources).Resources.ColorSpace.P0


X4: dict[str, tuple[Change, set[str]]] = {
    "black that knocks out": (slot(sub(rb"/K gs\n", b"")), OVER),
    "black that knocks out by name": (slot(sub(rb"/K gs\n", b"/N gs\n")), OVER),
    "a state that does not overprint": (_resources(lambda found: found.ExtGState.K, "/op", False), FILE),
    "a state without mode 1": (_resources(lambda found: found.ExtGState.K, "/OPM", 0), FILE),
    "a state that says more": (_resources(lambda found: found.ExtGState.K, "/ca", 0.5), FILE),
    "no such state": (lambda pdf: pdf.pages[0].obj.Resources.ExtGState.__delitem__("/N"), FILE),
    "die lines painted first": (content(_plates_first), ART),
    "a die line gone": (content(sub(rb"q 1 0 0 1 \d+ \d+ cm\n/P0F Do\nQ\n", b"")), PLATE),
    "a die line elsewhere": (content(sub(rb"q 1 0 0 1 \d+( \d+ cm\n/P0F)", rb"q 1 0 0 1 7\1")), PLATE),
    "all die lines gone": (content(sub(rb"q 1 0 0 1 \d+ \d+ cm\n/P0F Do\nQ\n", b"", 0)), PLATE),
    "a die line that knocks out": (stream(_plate, sub(rb"/K gs\n", b"")), ART),
    "a die line out of its layer": (stream(_plate, sub(rb"/OC /L0 BDC\n(.*)EMC\n", rb"\1")), ART),
    "a die line with sharp corners": (stream(_plate, sub(rb"82420 0 l", rb"85600 0 l")), ART),
    "a thick die line": (stream(_plate, sub(rb"100 w", rb"300 w")), ART),
    "a dashed die line": (stream(_plate, sub(rb"\[\] 0 d", rb"[900] 0 d")), ART),
    "a faint die line": (stream(_plate, sub(rb"1 SCN", rb".2 SCN")), ART),
    "more in the die line's form": (stream(_plate, lambda data: data + b"0 0 9000 9000 re f\n"), ART),
    "another plate's name": (_named(_die, "CutLine"), ART),
    "die line in Black": (_named(_die, "Black"), ART),
    "another alternate": (_alternate(_die), ART),
    "a ground on another plate": (_named(_ground, "DieLine"), ART),
    "a ground with another alternate": (_alternate(_ground), ART),
    "a ground in half a tint": (stream(lambda found: found.XObject.T0F, sub(rb"/Ground cs 1 scn", b"/Ground cs .5 scn")), ART),
    "marks on one plate": (_named(lambda found: found.XObject.M0.Resources.ColorSpace.All, "Black"), ART),
    "another processing step": (_layer("/GTS_ProcStepsType", pikepdf.Name.Creasing), ART | FILE),
    "no processing step": (lambda pdf: pdf.Root.OCProperties.OCGs[0].__delitem__("/GTS_Metadata"), ART | FILE),
    "a layer switched off": (_layer_off, FILE),
    "no layers": (_root("/OCProperties"), ODD),
    "no intent": (_root("/OutputIntents"), ODD),
    "two intents": (_two_intents, FILE),
    "an intent of PDF/A": (_in_intent("/S", pikepdf.Name.GTS_PDFA1), FILE),
    "another condition": (_in_intent("/OutputConditionIdentifier", "JC200103"), FILE),
    "another registry": (_in_intent("/RegistryName", "http://example.org"), FILE),
    "another profile": (_other_profile, FILE),
    "no metadata": (_root("/Metadata"), ODD),
    "metadata that says PDF/X-3": (_xmp(b"PDF/X-4", b"PDF/X-3"), FILE),
    "metadata of another day": (_xmp(b"ModifyDate>2026-04-01", b"ModifyDate>2026-04-02"), FILE),
    "metadata that is trapped": (_xmp(b"Trapped>False", b"Trapped>True"), FILE),
    "another title in the metadata": (_xmp(b'x-default">', b'x-default">0'), FILE),
    "more in the metadata": (_xmp(b"<pdf:Producer>", b"<pdf:Keywords>x</pdf:Keywords><pdf:Producer>"), FILE),
    "an entity in the metadata": (_xmp(b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY a "a">]><x:xmpmeta'), FILE),
    "a document without id": (_xmp(b"uuid:", b"none:"), FILE),
    "trapped in Info alone": (_info("/Trapped", pikepdf.Name("/True")), FILE),
    "an author": (_info("/Author", "x"), FILE),
    "no date of change": (_no_date, FILE),
    "a script": (_root("/OpenAction", pikepdf.Dictionary()), ODD),
    "trim of the sheet": (_in_page("/TrimBox", [0, 0, 907.0866, 1275.5906]), ODD),
    "bleed of the trim": (_in_page("/BleedBox", [72.5669, 51.1087, 834.5197, 1224.4819]), ODD),
    "no bleed": (_in_page("/BleedBox", None), ODD),
    "a crop": (_in_page("/CropBox", [0, 0, 100, 100]), ODD),
}  # fmt: skip


@pytest.mark.parametrize("name", X4)
def test_a_fault_in_a_press_file_is_found(parts: dict[str, Path], name: str) -> None:
    change, codes = X4[name]
    found = planted.codes_of(read_back(lot_for("house"), plant(parts["house"], change), raster_every=0).faults)
    assert found and found >= codes


def _leaf(pdf: pikepdf.Pdf, sheet: int = 0) -> Any:
    return pdf.Root.DPartRoot.DPartRootNode.DParts[0][sheet]


def _in_leaf(key: str, page: int) -> Change:
    return lambda pdf: _leaf(pdf).__setitem__(key, pdf.pages[page].obj)


def _flat(pdf: pikepdf.Pdf) -> None:
    node = pdf.Root.DPartRoot.DPartRootNode
    node.DParts = node.DParts[0]


def _other_leaf(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.DPart = _leaf(pdf, 1)


def _a_name(pdf: pikepdf.Pdf) -> None:
    _leaf(pdf).DPM["/Name"] = "x"


def _exchanged(pdf: pikepdf.Pdf) -> None:
    serials = _leaf(pdf).DPM.SKPR_Serials
    serials[0], serials[1] = serials[1], serials[0]


def _same_identity(pdf: pikepdf.Pdf) -> None:
    forms = pdf.pages[0].obj.Resources.XObject
    forms.T0B["/GTS_XID"] = forms.T0F.GTS_XID


VT: dict[str, tuple[Change, set[str]]] = {
    "no document parts": (_root("/DPartRoot"), ODD),
    "a part that begins later": (_in_leaf("/Start", 1), FILE),
    "a part that ends later": (_in_leaf("/End", 2), FILE),
    "a part without end": (lambda pdf: _leaf(pdf).__delitem__("/End"), FILE),
    "parts in one flat list": (_flat, FILE),
    "a page of another part": (_other_leaf, FILE),
    "a page of no part": (lambda pdf: pdf.pages[0].obj.__delitem__("/DPart"), ODD),
    "a name in the metadata": (_a_name, FILE),
    "serials exchanged": (_exchanged, FILE),
    "another sheet": (lambda pdf: _leaf(pdf).DPM.__setitem__("/SKPR_Sheet", 9), FILE),
    "another level of records": (lambda pdf: pdf.Root.DPartRoot.__setitem__("/RecordLevel", 0), FILE),
    "no group": (lambda pdf: pdf.pages[0].obj.__delitem__("/Group"), ODD),
    "blending in RGB": (lambda pdf: pdf.pages[0].obj.Group.__setitem__("/CS", pikepdf.Name.DeviceRGB), ODD),
    "two forms of one identity": (_same_identity, ART),
    "a form that is not encapsulated": (_resources(lambda found: found.XObject.T0F, "/GTS_Encapsulated", False), ART),
    "a form that blends in RGB": (_resources(lambda found: found.XObject.T0F.Group, "/CS", pikepdf.Name.DeviceRGB), ART),
    "metadata without PDF/VT": (_xmp(b"PDF/VT-1", b"PDF/VT-2"), FILE),
}


@pytest.mark.parametrize("name", VT)
def test_a_fault_in_the_records_is_found(parts: dict[str, Path], name: str) -> None:
    change, codes = VT[name]
    found = planted.codes_of(read_back(lot_for("house-vt"), plant(parts["house-vt"], change), raster_every=0).faults)
    assert found and found >= codes


def test_a_header_of_another_version_is_found(parts: dict[str, Path]) -> None:
    for vendor, before, after in (("house", b"%PDF-1.6", b"%PDF-1.7"), ("house-x1a", b"%PDF-1.4", b"%PDF-1.6")):
        data = parts[vendor].read_bytes()
        other = parts[vendor].with_name(f"other-{vendor}.pdf")
        other.write_bytes(data.replace(before, after, 1))
        assert planted.codes_of(read_back(lot_for(vendor), other, raster_every=0).faults) == FILE | {"preflight-rule"}
