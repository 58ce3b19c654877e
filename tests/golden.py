"""Golden pictures: every document type's proof, small and grey, for the first issuer that uses it.

`python -m tests.golden` draws them anew after a change of design that was looked at.
"""

from datetime import date
from io import BytesIO
from pathlib import Path

from PIL import Image

from pipeline.office.pictures import side_by_side
from pipeline.office.proof import proof
from pipeline.office.shop import Shop

FOLDER = Path(__file__).parents[1] / "fixtures" / "golden"
DPI = 48
_DAY = date(2026, 4, 1)


def picture(document: str, shop: Shop) -> Image.Image:
    """A document's pages beside each other, grey."""
    issuers = [(name, shop.issuer(name)) for name in shop.issuers()]
    issuer = next(name for name, one in issuers if document in one.documents or document in one.enclosures)
    made = proof(document, issuer, "", _DAY, shop)
    return Image.open(BytesIO(side_by_side(made.pdf, made.trims, DPI))).convert("L")


def main() -> None:
    """Draw all golden pictures anew."""
    shop = Shop()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    for document in shop.documents():
        picture(document, shop).save(FOLDER / f"{document}.png", optimize=True)


if __name__ == "__main__":
    main()
