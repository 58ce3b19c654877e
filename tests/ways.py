"""The same dots of a pantograph written into a PDF in five ways, for `tests.rips` to compare."""

import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.craft.pantograph import Pattern
from pipeline.craft.pdf.pantograph import HAIR

Bits = NDArray[np.bool_]


class Case(NamedTuple):
    """A pattern and the page it is laid on, in device dots."""

    pattern: Pattern
    dots: Bits
    dpi: int
    shift: float = 0  # device dots off the grid, to the right and down

    @property
    def corner(self) -> tuple[float, float]:
        """The lower left corner in points, a dot's margin from the page's."""
        return self.shift * 72 / self.dpi, (1 - self.shift) * 72 / self.dpi


class Written(NamedTuple):
    """A page's content in device dots (upwards, in black), its resources, and the objects from number 5 on."""

    content: bytes
    resources: bytes
    objects: list[bytes]


def stream(entries: bytes, data: bytes) -> bytes:
    packed = zlib.compress(data, 9)
    return b"<<%b/Filter/FlateDecode/Length %d>>stream\n%b\nendstream" % (entries, len(packed), packed)


def image(data: bytes, size: tuple[int, int]) -> bytes:
    mask = b"/Type/XObject/Subtype/Image/Width %d/Height %d/ImageMask true/BitsPerComponent 1/Decode[1 0]" % size
    return stream(mask, data)


def up(case: Case) -> list[tuple[int, int]]:
    """The lower left corners of the masks, counted from the page's."""
    rows, height = case.dots.shape[0], case.pattern.size[1]
    return [(x, rows - y - height) for x, y in case.pattern.places]


def drawn_at(size: tuple[int, int], place: tuple[int, int] = (0, 0)) -> bytes:
    """A mask at a place, less by a hair: RIPs widen one whose edge is beyond the grid by a rounding error."""
    wide, high, x, y = (*(edge - 2 * HAIR for edge in size), *(edge + HAIR for edge in place))
    return b"q %.2f 0 0 %.2f %.2f %.2f cm /M Do Q\n" % (wide, high, x, y)


def whole(case: Case) -> Written:
    """One mask over the page."""
    rows, columns = case.dots.shape
    data = np.packbits(case.dots, axis=1).tobytes()
    return Written(drawn_at((columns, rows)), b"/XObject<</M 5 0 R>>", [image(data, (columns, rows))])


def repeated(case: Case) -> Written:
    """A mask of one word, drawn for each of them."""
    size = case.pattern.size
    content = b"".join(drawn_at(size, place) for place in up(case))
    return Written(content, b"/XObject<</M 5 0 R>>", [image(case.pattern.mask, size)])


def form(case: Case) -> Written:
    """A form with each run of dots as a rectangle, drawn for each word."""
    columns, rows = case.pattern.size
    bits = np.unpackbits(np.frombuffer(case.pattern.mask, np.uint8).reshape(rows, -1), axis=1)[:, :columns]
    edges = np.diff(np.pad(bits.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    (line, begin), end = np.nonzero(edges == 1), np.nonzero(edges == -1)[1]
    runs = b"".join(b"%d %d %d 1 re\n" % (x, rows - 1 - y, to - x) for y, x, to in zip(line, begin, end, strict=True))
    content = b"".join(b"q 1 0 0 1 %d %d cm /M Do Q\n" % place for place in up(case))
    entries = b"/Type/XObject/Subtype/Form/BBox[0 0 %d %d]" % case.pattern.size
    return Written(content, b"/XObject<</M 5 0 R>>", [stream(entries, runs + b"f\n")])


def tiling(case: Case) -> Written:
    """An uncoloured tiling pattern whose steps are the word's, the page painted with it."""
    (x, y), *_ = places = up(case)
    size, pitch = case.pattern.size, 72 / case.dpi
    across, below = steps(places)
    whole = across[0] * below[1] - across[1] * below[0]
    back = [part / whole for part in (below[1], -across[1], -below[0], across[0])]
    corners = [(x * back[0] + y * back[2], x * back[1] + y * back[3]) for x in (0, size[0]) for y in (0, size[1])]
    box = [side(one) for side in (min, max) for one in zip(*corners, strict=True)]
    entries = b"/Type/Pattern/PatternType 1/PaintType 2/TilingType 2/XStep 1/YStep 1/BBox[%.6f %.6f %.6f %.6f]" % tuple(box)
    entries += b"/Matrix[%.6f %.6f %.6f %.6f SHIFT]" % tuple(pitch * part for part in (*across, *below))
    content = b"%.12f %.12f %.12f %.12f 0 0 cm " % tuple(back)
    tile = stream(entries + b"/Resources<</XObject<</M 6 0 R>>>>", content + drawn_at(size))
    place = b"%.6f %.6f" % (x * pitch + case.corner[0], y * pitch + case.corner[1])
    rows, columns = case.dots.shape
    return Written(
        b"/C cs 0 0 0 1 /P scn 0 0 %d %d re f" % (columns, rows),
        b"/ColorSpace<</C[/Pattern/DeviceCMYK]>>/Pattern<</P 5 0 R>>",
        [tile.replace(b"SHIFT", place), image(case.pattern.mask, size)],
    )


def steps(places: list[tuple[int, int]]) -> tuple[tuple[int, int], tuple[int, int]]:
    """The two shortest steps between places that are not in one line, turning left."""
    found = sorted(
        {(x - right, y - down) for x, y in places for right, down in places} - {(0, 0)},
        key=lambda step: (step[0] ** 2 + step[1] ** 2, step),
    )
    other = next(step for step in found if found[0][0] * step[1] - found[0][1] * step[0] > 0)
    return found[0], other


def glyph(case: Case) -> Written:
    """A Type 3 font whose only glyph is the mask, set for each word."""
    columns, rows = case.pattern.size
    program = b"0 0 0 0 %d %d d1 " % (columns, rows) + drawn_at((columns, rows))
    font = b"<</Type/Font/Subtype/Type3/FontBBox[0 0 %d %d]/FontMatrix[1 0 0 1 0 0]/CharProcs<</a 6 0 R>>" % (columns, rows)
    font += (
        b"/Encoding<</Type/Encoding/Differences[97/a]>>/FirstChar 97/LastChar 97/Widths[0]/Resources<</XObject<</M 7 0 R>>>>>>"
    )
    content = b"".join(b"1 0 0 1 %d %d Tm (a) Tj\n" % place for place in up(case))
    objects = [font, stream(b"", program), image(case.pattern.mask, (columns, rows))]
    return Written(b"BT /F 1 Tf\n%bET" % content, b"/Font<</F 5 0 R>>", objects)


WAYS: dict[str, Callable[[Case], Written]] = {
    "one mask": whole,
    "repeated mask": repeated,
    "repeated form": form,
    "tiling pattern": tiling,
    "Type 3 glyph": glyph,
}


def pdf(written: Written, case: Case) -> bytes:
    """A page with the pattern alone."""
    pitch = 72 / case.dpi
    rows, columns = case.dots.shape
    scaled = b"%.9f 0 0 %.9f %.6f %.6f cm 0 0 %d %d re W n\n" % (pitch, pitch, *case.corner, columns, rows)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %.6f %.6f]/Contents 4 0 R/Resources<<%b>>>>"
        % ((columns + 1) * pitch, (rows + 1) * pitch, written.resources),
        stream(b"", b"0 0 0 1 k " + scaled + written.content),
        *written.objects,
    ]
    file, starts = b"%PDF-1.6\n", []
    for number, one in enumerate(objects, 1):
        starts.append(len(file))
        file += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    count = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, len(file))
    return file + b"xref\n0 %d\n0000000000 65535 f \n%b%b" % (count, table, end)
