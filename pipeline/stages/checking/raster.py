"""Sample sheets rendered at 300 dpi by `pypdfium2` and compared with the same sheets without their ink.

What the two pictures differ in is the ink: every text must have some in its box, no other place may have any, and codes must
be readable in the picture. The sheet without ink is made from the part's own forms, which are the template's by then.

The pantograph and the line work take four fifths of a picture's time and are one form, the same on every piece: a part's first
piece is looked at with them, the others without.
"""

import math
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.base.problems import Problem
from pipeline.model.report import PartReport
from pipeline.model.template import Plate
from pipeline.stages.checking.codes import FORMATS
from pipeline.stages.checking.insertion import places, told_fault
from pipeline.stages.checking.plan import SIDES, Expected, Plan

DPI = 300
_PER_PIXEL = 25_400 / DPI  # µm
_INK = 60  # of 255: as dark as even a thin stroke of a text is at 300 dpi
_FAINT = 24  # of 255: what may differ where nothing was printed
_SEAL = 40
_QUIET = 3  # modules around the code that go into the crop
_GROUNDS = {"/Pantograph", "/Lines"}
_OVERHANG = 400  # µm: strokes may reach this far over the box in which a text is set


Edges = tuple[int, int, int, int]  # left, top, right, bottom in dots


class _Placed(Protocol):
    def __call__(self, box: Box, grow: int = 0) -> Edges: ...


class _Fault(Protocol):
    def __call__(self, code: str, **values: object) -> None: ...


# Pieces without ink by slot and whether they are plain, by all that they depend on: the parts of a lot have the same, as
# `forms` has found before.
_bare: dict[tuple[Any, ...], dict[tuple[int, bool], Image.Image]] = {}
_KEPT = 2


class Raster:
    """Renders pages of one finished part, slot by slot: a small picture is drawn and compared quicker than a sheet."""

    def __init__(self, path: Path, plan: Plan, lot: str, overprint: bool, report: PartReport):
        self._path, self._plan, self._lot, self._report = path, plan, lot, report
        self._overprint = b"/Overprint Do\n" if overprint else b""
        self._veiled = any(_covers(plate) for side in plan.template.sides for plate in plan.plates(side))
        self._files: dict[bool, Any] = {}
        self._open: list[Any] = []
        self._seen: set[tuple[int, int]] = set()
        self._forms: dict[tuple[Any, ...], Any] = {}
        self._bitmaps: dict[tuple[int, int], Any] = {}
        self._key = (plan.template.fingerprint, plan.design.model_dump_json(), plan.conditions.fingerprint, overprint)

    def look(self, page: int, sheet: int, number: int, surface: int, expected: Sequence[Expected]) -> None:
        """Render one page and look at each piece on it; `sheet` counts in the part, `number` in the lot."""
        pattern = self._plan.pattern(sheet)
        key = (*self._key, surface, pattern)
        if key not in _bare:
            while len(_bare) >= _KEPT:
                del _bare[next(iter(_bare))]
        known = _bare.get(key, {})
        pages: dict[bool, Any] = {}
        for one in expected:
            side = one.leaf, one.number
            plain = bool(one.side.ground.mask or one.side.ground.lines) and side in self._seen
            self._seen.add(side)
            bare = known.get((one.slot, plain))
            if bare is None:
                bare = _render(self._page(surface, pattern, plain, seals=True), self._edges(one))
                if self._seals_are_seen(one, surface, pattern, plain, bare):  # else the next part must find the same again
                    known[one.slot, plain] = bare
            place = f"lot {self._lot}, sheet {number} {SIDES[surface]}, slot {one.slot}"
            if plain not in pages:
                pages[plain] = self._file(plain)[page]
            self._look_at(one, place, _render(pages[plain], self._edges(one), self._again), bare)
        for opened in pages.values():
            opened.close()
        if known:
            _bare[key] = known

    def _edges(self, one: Expected, box: Box | None = None, grow: int = 0) -> Edges:
        """Where a box of a piece is on its sheet; without a box, the piece itself."""
        box = box or Box(0, 0, self._plan.template.width, self._plan.template.height)
        there = one.motion.box(box, self._plan.template.height, self._plan.design.height).grown(grow)
        left, top, right, bottom = (round(edge / _PER_PIXEL) for edge in (there.left, there.top, there.right, there.bottom))
        return left, top, right, bottom

    def _look_at(self, one: Expected, place: str, picture: Image.Image, bare: Image.Image) -> None:
        x, y, *_ = self._edges(one)

        def edges(box: Box, grow: int = 0) -> Edges:
            left, top, right, bottom = self._edges(one, box, grow)
            return max(left - x, 0), max(top - y, 0), min(right - x, picture.width), min(bottom - y, picture.height)

        def fault(code: str, **values: object) -> None:
            self._report.faults.append(Problem(code, place, values))

        ink = ImageChops.difference(picture, bare)
        printed = []
        texts = one.document.texts[one.first_text : one.first_text + len(one.side.texts)]
        for field, text in zip(one.side.texts, texts, strict=True):
            if not text.strip():
                continue
            printed.append(edges(field.box, _OVERHANG))
            if _most(ink.crop(edges(field.box))) < _INK:
                fault("preflight-raster-text", field=field.name)
        # what is woven has been read from the file; it may be too pale to be seen
        printed += [edges(woven.box, _OVERHANG) for woven in one.side.woven]
        payloads = one.document.payloads[one.first_code : one.first_code + len(one.side.codes)]
        for code, payload in zip(one.side.codes, payloads, strict=True):
            printed.append(edges(code.box, _OVERHANG // 4))
            if code.kind != "qr":  # bars were read from the file; here they must be seen
                if payload and _most(ink.crop(edges(code.box))) < _INK:
                    fault("preflight-raster-code")
                continue
            seen = picture.crop(edges(code.box, _QUIET * code.module))
            found = zxingcpp.read_barcode(seen, formats=FORMATS, try_invert=False)
            if found is None or found.text != payload:
                fault("preflight-raster-code")
        printed += self._marks(one, edges, ink, bare, fault)
        for box in printed:
            ink.paste(0, box)
        if ink.getbbox() and _most(ink) > _FAINT and not self._overprint:  # to find nothing at all is quicker
            left, top, *_ = ink.point(lambda shade: 255 * (shade > _FAINT)).getbbox() or (0, 0)
            fault("preflight-raster-stray", x=round(left * _PER_PIXEL / 1000, 1), y=round(top * _PER_PIXEL / 1000, 1))

    def _marks(self, one: Expected, edges: _Placed, ink: Image.Image, bare: Image.Image, fault: _Fault) -> list[Edges]:
        """Where the inserter's marks are, if there are any: they must be seen, on clear paper, and tell the leaf's place."""
        machine, place = self._plan.conditions.inserter, one.document.in_set
        if machine is None or place is None or one.number:
            return []
        rows = places(machine)
        column = Box(rows[0].left, rows[0].top, rows[0].width, rows[-1].bottom - rows[0].top)
        seen = [number for number, box in enumerate(rows) if _most(ink.crop(edges(box))) >= _INK]
        if _most(ImageChops.invert(bare.crop(edges(column, machine.mark.height)))) > _FAINT:
            fault("preflight-inserter", reason="are not on clear paper")
        elif reason := told_fault(machine, seen, place, one.leaf):
            fault("preflight-inserter", reason=reason)
        return [edges(rows[number], _OVERHANG // 4) for number in seen]

    def _seals_are_seen(self, one: Expected, surface: int, pattern: tuple[int, ...], plain: bool, bare: Image.Image) -> bool:
        """Whether a piece's seals show: found by leaving them out."""
        x, y, *_ = self._edges(one)
        seen = True
        for seal in one.side.seals:
            edges = self._edges(one, seal.box)
            without = _render(self._page(surface, pattern, plain, seals=False), edges)
            left, top, right, bottom = edges
            if _most(ImageChops.difference(bare.crop((left - x, top - y, right - x, bottom - y)), without)) < _SEAL:
                seen = False
                self._report.faults.append(
                    Problem("preflight-raster-seal", f"lot {self._lot}, {SIDES[surface]}, slot {one.slot}")
                )
        return seen

    def _file(self, plain: bool) -> Any:
        """The part, opened once; `plain`: without its pantographs and line work."""
        if plain not in self._files:
            changed = plain or self._veiled
            self._files[plain] = pypdfium2.PdfDocument(_lightened(self._path, self._veiled, plain) if changed else self._path)
        return self._files[plain]

    def _page(self, surface: int, pattern: tuple[int, ...], plain: bool, seals: bool) -> Any:
        """A surface's forms alone."""
        key = surface, pattern, plain, seals
        if key not in self._forms:
            file = pypdfium2.PdfDocument(self._without_ink(surface, pattern, plain, seals))
            self._forms[key] = file[0]
            self._open += (file, self._forms[key])
        return self._forms[key]

    def _without_ink(self, surface: int, pattern: tuple[int, ...], plain: bool, seals: bool) -> BytesIO:
        plan = self._plan
        last: list[bytes] = []
        content = [b"%.12f 0 0 %.12f 0 0 cm\n" % (POINTS_PER_MICROMETRE, POINTS_PER_MICROMETRE)]
        for slot, leaf in enumerate(pattern):
            sides, number = plan.template.leaves[leaf].sides, plan.side_at(slot, surface)
            if number >= len(sides):
                continue
            side, place = "FB"[number], plan.begin(slot, surface)
            names = [f"{name}{leaf}{side}" for name, _ in zip("TU", sides[number].layers, strict=False)]
            names += [*(f"S{leaf}{side}{n}" for n in range(len(sides[number].seals)) if seals)]
            if plan.plates(sides[number]) and not self._veiled:
                last += [place, b"/P%d%b Do\nQ\n" % (leaf, side.encode())]
            content.append(place)
            content += [*(f"/{name} Do\n".encode() for name in names), self._overprint, b"Q\n"]
        made = BytesIO()
        with pikepdf.open(self._path) as part, pikepdf.new() as bare:
            page = bare.add_blank_page().obj
            page.MediaBox = pikepdf.Array(list(part.pages[0].obj.MediaBox))
            forms = bare.copy_foreign(part.make_indirect(pikepdf.Dictionary(XObject=part.pages[0].obj.Resources.XObject)))
            page.Resources, page.Contents = forms, bare.make_stream(b"".join(content + last))
            if plain:
                _take_grounds(bare, forms.XObject)
            bare.save(made)
        return made

    def _again(self, *size: int, **more: Any) -> Any:
        """The bitmap of the piece before, so a rendered picture lasts until the next one: fresh memory takes its time."""
        width, height = size
        if (width, height) not in self._bitmaps:
            self._bitmaps[width, height] = pypdfium2.PdfBitmap.new_native(width, height, **more)
        return self._bitmaps[width, height]

    def close(self) -> None:
        """Close what was opened."""
        for thing in (*self._bitmaps.values(), *reversed(self._open), *self._files.values()):
            thing.close()


def _covers(plate: Plate) -> bool:
    """Whether a plate lies over areas: white or varnish, which overprint on a press, but hide the ink in a picture."""
    return not plate.width


def _lightened(path: Path, veiled: bool, plain: bool) -> BytesIO:
    """The part without spot plates, or pantographs and line work; that they are there, and how, has been read from the file."""
    made = BytesIO()
    with pikepdf.open(path) as part:
        forms = part.pages[0].obj.Resources.XObject
        for name in filter(lambda name: veiled and name.startswith("/P"), list(forms.keys())):
            forms[name].write(b"")
        if plain:
            _take_grounds(part, forms)
        part.save(made)
    return made


def _take_grounds(pdf: pikepdf.Pdf, forms: Any) -> None:
    """Put an empty form in place of each pantograph's mask and of line work."""
    empty = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
    for form in forms.values():
        drawn = form.get("/Resources", pikepdf.Dictionary()).get("/XObject", pikepdf.Dictionary())
        for name in _GROUNDS & set(drawn.keys()):
            drawn[name] = empty


def _render(page: Any, edges: Edges, maker: Any = pypdfium2.PdfBitmap.new_native) -> Image.Image:
    """Dots of a page in grey, of a sheet rendered whole; nearest ones are enough for the pantograph and quicker than

    smoothing it.
    """
    scale = DPI / 72
    left, top, right, bottom = edges
    around = (left, math.ceil(page.get_height() * scale) - bottom, math.ceil(page.get_width() * scale) - right, top)
    crop = tuple((dots - 0.5) / scale for dots in around)  # pypdfium2 counts up to whole dots
    picture: Image.Image = page.render(scale=scale, crop=crop, grayscale=True, no_smoothimage=True, bitmap_maker=maker).to_pil()
    return picture


def _most(picture: Image.Image) -> int:
    """The highest value in a picture."""
    highest: Any = picture.getextrema()[1]
    return int(highest) if picture.width and picture.height else 0
