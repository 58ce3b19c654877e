"""Every document looks as it did when somebody last looked at it."""

import pytest
from PIL import Image, ImageChops, ImageStat

from pipeline.office.shop import Shop
from tests import golden

SHOP = Shop()
_MEAN, _BLOCK = 1.5, 24  # grey levels of 255: over the whole picture, and in any block of
_SIDE = 12  # dots


def differs(kept: Image.Image, now: Image.Image) -> str:
    """What is different, or nothing. Dots at edges may differ a little from one version of a renderer to the next."""
    if kept.size != now.size:
        return f"{now.size}, not {kept.size}"
    apart = ImageChops.difference(kept, now)
    mean = ImageStat.Stat(apart).mean[0]
    blocks = apart.resize((max(1, apart.width // _SIDE), max(1, apart.height // _SIDE)), Image.Resampling.BOX)
    worst = blocks.getextrema()[1]
    return "" if mean <= _MEAN and worst <= _BLOCK else f"{mean:.2f} on the whole, {worst} in a block"  # type: ignore[operator]


@pytest.mark.parametrize("document", SHOP.documents())
def test_a_document_looks_as_it_did(document: str) -> None:
    with Image.open(golden.FOLDER / f"{document}.png") as kept:
        assert differs(kept.convert("L"), golden.picture(document, SHOP)) == "", "look at it, then `python -m tests.golden`"


def test_there_are_no_pictures_of_documents_that_are_gone() -> None:
    assert {path.stem for path in golden.FOLDER.glob("*.png")} == set(SHOP.documents())


def test_a_line_that_moved_is_seen() -> None:
    document = SHOP.documents()[0]
    kept = golden.picture(document, SHOP)
    moved = kept.copy()
    moved.paste(kept.crop((0, kept.height // 3, kept.width, kept.height // 3 + 20)), (0, kept.height // 3 + 4))
    assert differs(kept, moved)
