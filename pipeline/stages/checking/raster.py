"""Sample sheets rendered at 300 dpi by `pypdfium2` and compared with the same sheets without their ink.

What the two pictures differ in is the ink: every text must have some in its box, no other place may have any, and codes must
be readable in the picture. The sheet without ink is made from the part's own forms, which are the template's by then.
"""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageChops

from pipeline.base.geometry import Box
from pipeline.base.lengths import POINTS_PER_MICROMETRE
from pipeline.base.problems import Problem
from pipeline.model.report import PartReport
from pipeline.stages.checking.codes import FORMATS
from pipeline.stages.checking.plan import SIDES, Expected, Plan

DPI = 300
_PER_PIXEL = 25_400 / DPI  # µm
_INK = 60  # of 255: as dark as even a thin stroke of a text is at 300 dpi
_FAINT = 24  # of 255: what may differ where nothing was printed
_SEAL = 40
_QUIET = 3  # modules around the code that go into the crop
_OVERHANG = 400  # µm: strokes may reach this far over the box in which a text is set


# Surfaces without ink, by all that they depend on: the parts of a lot have the same, as `forms` has found before.
_bare: dict[tuple[Any, ...], Image.Image] = {}
_KEPT = 4


class Raster:
    """Renders pages of one finished part."""

    def __init__(self, path: Path, plan: Plan, lot: str, overprint: bool, report: PartReport):
        self._path, self._plan, self._lot, self._report = path, plan, lot, report
        self._overprint = b"/Overprint Do\n" if overprint else b""
        self._file = pypdfium2.PdfDocument(path)
        self._bitmap: Any = None
        self._key = (plan.template.fingerprint, plan.design.model_dump_json(), overprint)

    def look(self, page: int, sheet: int, number: int, surface: int, expected: Sequence[Expected]) -> None:
        """Render one page and look at each piece on it; `sheet` counts in the part, `number` in the lot."""
        key = (*self._key, surface, self._plan.pattern(sheet))
        if key not in _bare:
            faults = len(self._report.faults)
            bare = self._without_ink(surface, key[-1], expected)
            if len(self._report.faults) == faults:  # else the next part must find the same again
                while len(_bare) >= _KEPT:
                    del _bare[next(iter(_bare))]
                _bare[key] = bare
        else:
            bare = _bare[key]
        picture = _render(self._file, page, self._again)
        ink = ImageChops.difference(picture, bare)
        for one in expected:
            place = f"lot {self._lot}, sheet {number} {SIDES[surface]}, slot {one.slot}"
            self._look_at(one, place, picture, ink)

    def _look_at(self, one: Expected, place: str, picture: Image.Image, ink: Image.Image) -> None:
        x, y = one.left, self._plan.design.height - one.bottom - self._plan.template.height

        def edges(box: Box, grow: int = 0) -> tuple[int, int, int, int]:
            about = (x + box.left - grow, y + box.top - grow, x + box.right + grow, y + box.bottom + grow)
            left, top, right, bottom = (round(edge / _PER_PIXEL) for edge in about)
            return left, top, right, bottom

        def fault(code: str, **values: object) -> None:
            self._report.faults.append(Problem(code, place, values))

        printed = []
        texts = one.document.texts[one.first_text : one.first_text + len(one.side.texts)]
        for field, text in zip(one.side.texts, texts, strict=True):
            if not text.strip():
                continue
            printed.append(edges(field.box, _OVERHANG))
            if _most(ink.crop(edges(field.box))) < _INK:
                fault("preflight-raster-text", field=field.name)
        payloads = one.document.payloads[one.first_code : one.first_code + len(one.side.codes)]
        for code, payload in zip(one.side.codes, payloads, strict=True):
            printed.append(edges(code.box, _OVERHANG // 4))
            seen = picture.crop(edges(code.box, _QUIET * code.module))
            found = zxingcpp.read_barcode(seen, formats=FORMATS, try_invert=False)
            if found is None or found.text != payload:
                fault("preflight-raster-code")
        for box in printed:
            ink.paste(0, box)
        trim = ink.crop(edges(Box(0, 0, self._plan.template.width, self._plan.template.height)))
        if _most(trim) > _FAINT and not self._overprint:
            left, top, *_ = trim.point(lambda shade: 255 * (shade > _FAINT)).getbbox() or (0, 0)
            fault("preflight-raster-stray", x=round(left * _PER_PIXEL / 1000, 1), y=round(top * _PER_PIXEL / 1000, 1))

    def _without_ink(self, surface: int, pattern: tuple[int, ...], expected: Sequence[Expected]) -> Image.Image:
        """A surface's forms alone. That its seals can be seen is found by leaving them out."""
        picture = self._forms(surface, pattern, seals=True)
        if any(one.side.seals for one in expected):
            seals = ImageChops.difference(picture, self._forms(surface, pattern, seals=False))
            for one in expected:
                x, y = one.left, self._plan.design.height - one.bottom - self._plan.template.height
                for seal in one.side.seals:
                    box = (x + seal.box.left, y + seal.box.top, x + seal.box.right, y + seal.box.bottom)
                    left, top, right, bottom = (round(edge / _PER_PIXEL) for edge in box)
                    if _most(seals.crop((left, top, right, bottom))) < _SEAL:
                        place = f"lot {self._lot}, {SIDES[surface]}, slot {one.slot}"
                        self._report.faults.append(Problem("preflight-raster-seal", place))
        return picture

    def _forms(self, surface: int, pattern: tuple[int, ...], seals: bool) -> Image.Image:
        plan, side = self._plan, "FB"[surface]
        content = [b"%.12f 0 0 %.12f 0 0 cm\n" % (POINTS_PER_MICROMETRE, POINTS_PER_MICROMETRE)]
        if plan.marked:
            content.append(b"/M%d Do\n" % surface)
        for leaf, trim in zip(pattern, plan.trims(surface), strict=True):
            sides = plan.template.leaves[leaf].sides
            if surface >= len(sides):
                continue
            names = [f"T{leaf}{side}", *(f"S{leaf}{side}{n}" for n in range(len(sides[surface].seals)) if seals)]
            content.append(b"q 1 0 0 1 %d %d cm\n" % (trim.left, plan.design.height - trim.bottom))
            content += [*(f"/{name} Do\n".encode() for name in names), self._overprint, b"Q\n"]
        made = BytesIO()
        with pikepdf.open(self._path) as part, pikepdf.new() as bare:
            page = bare.add_blank_page().obj
            page.MediaBox = pikepdf.Array(list(part.pages[0].obj.MediaBox))
            forms = bare.copy_foreign(part.make_indirect(pikepdf.Dictionary(XObject=part.pages[0].obj.Resources.XObject)))
            page.Resources, page.Contents = forms, bare.make_stream(b"".join(content))
            bare.save(made)
        with pypdfium2.PdfDocument(made) as file:
            return _render(file, 0)

    def _again(self, *kind: Any, **more: Any) -> Any:
        """The bitmap of the page before: all pages are of one size, and fresh memory for 20 million dots takes its time.

        So a rendered picture lasts until the next one.
        """
        if self._bitmap is None:
            self._bitmap = pypdfium2.PdfBitmap.new_native(*kind, **more)
        return self._bitmap

    def close(self) -> None:
        """Close the file."""
        if self._bitmap is not None:
            self._bitmap.close()
        self._file.close()


def _render(file: pypdfium2.PdfDocument, page: int, maker: Any = pypdfium2.PdfBitmap.new_native) -> Image.Image:
    """A page in grey; nearest dots are enough for the pantograph and quicker than smoothing it."""
    sheet = file[page]
    picture: Image.Image = sheet.render(scale=DPI / 72, grayscale=True, no_smoothimage=True, bitmap_maker=maker).to_pil()
    sheet.close()
    return picture


def _most(picture: Image.Image) -> int:
    """The highest value in a picture."""
    highest: Any = picture.getextrema()[1]
    return int(highest) if picture.width and picture.height else 0
