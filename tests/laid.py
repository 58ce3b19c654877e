"""A pantograph's mask laid on a page, dot by dot."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def laid(mask: bytes, size: tuple[int, int], places: Iterable[tuple[int, int]], columns: int, rows: int) -> NDArray[np.bool_]:
    """The dots of a page of so many columns and rows."""
    dots = np.unpackbits(np.frombuffer(mask, np.uint8).reshape(size[1], -1), axis=1).astype(np.bool_)
    assert not dots[:, size[0] :].any(), "ink in the padding"
    page = np.zeros((rows, columns), np.bool_)
    for x, y in places:
        to = page[max(0, y) : max(0, y + size[1]), max(0, x) : max(0, x + size[0])]
        assert to.size, "a mask beside the page"
        left, top = max(0, -x), max(0, -y)
        to |= dots[top : top + to.shape[0], left : left + to.shape[1]]
    return page
