"""Sample sheets rendered at 300 dpi by `pypdfium2` and looked at: codes decoded from the picture, seals and texts seen."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pypdfium2
import zxingcpp
from PIL import Image

from pipeline.base.geometry import Box
from pipeline.base.problems import Problem
from pipeline.model.report import PartReport
from pipeline.stages.checking.plan import SIDES, Expected

DPI = 300
_PER_PIXEL = 25_400 / DPI  # µm
_DARK = 110
_FORMATS = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_QUIET = 3  # modules around the code that go into the crop


class Raster:
    """Renders pages of one finished part; `sheet` and `trim` are heights in µm."""

    def __init__(self, path: Path, lot: str, sheet: int, trim: int, report: PartReport):
        self._file = pypdfium2.PdfDocument(path)
        self._lot, self._sheet, self._trim, self._report = lot, sheet, trim, report

    def look(self, page: int, number: int, surface: int, expected: Sequence[Expected]) -> None:
        """Render one page and look at each piece on it."""
        sheet = self._file[page]
        # nearest dots are enough for the pantograph and quicker than smoothing it
        picture = sheet.render(scale=DPI / 72, grayscale=True, no_smoothimage=True).to_pil()
        sheet.close()
        for one in expected:
            place = f"lot {self._lot}, sheet {number} {SIDES[surface]}, slot {one.slot}"
            corner = (one.left, self._sheet - one.bottom - self._trim)
            self._look_at(one, place, partial(_crop, picture, corner))

    def _look_at(self, one: Expected, place: str, crop: Callable[..., Image.Image]) -> None:
        texts = one.document.texts[one.first_text : one.first_text + len(one.side.texts)]
        for field, text in zip(one.side.texts, texts, strict=True):
            if text.strip() and _extremes(crop(field.box))[0] > _DARK + 60:
                self._report.faults.append(Problem("preflight-raster-text", place, {"field": field.name}))
        for seal in one.side.seals:
            low, high = _extremes(crop(seal.box))
            if high - low < 40:
                self._report.faults.append(Problem("preflight-raster-seal", place))
        payloads = one.document.payloads[one.first_code : one.first_code + len(one.side.codes)]
        for code, payload in zip(one.side.codes, payloads, strict=True):
            picture = crop(code.box, _QUIET * code.module)
            found = zxingcpp.read_barcode(picture, formats=_FORMATS)
            if found is None or found.text != payload:
                self._report.faults.append(Problem("preflight-raster-code", place))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _crop(picture: Image.Image, corner: tuple[int, int], box: Box, grow: int = 0) -> Image.Image:
    """The part of a sheet's picture where a piece's box lies."""
    x, y = corner
    edges = (x + box.left - grow, y + box.top - grow, x + box.right + grow, y + box.bottom + grow)
    left, top, right, bottom = (round(edge / _PER_PIXEL) for edge in edges)
    return picture.crop((left, top, right, bottom))


def _extremes(picture: Image.Image) -> tuple[float, float]:
    """The darkest and the lightest grey of a crop."""
    histogram = picture.histogram()
    seen = [grey for grey, count in enumerate(histogram) if count]
    return (seen[0], seen[-1]) if seen else (255, 255)
