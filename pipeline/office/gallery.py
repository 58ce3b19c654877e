"""The picture of all documents in the README, made from proofs: `python -m pipeline.office.gallery`."""

from datetime import date
from itertools import cycle
from pathlib import Path

from pipeline.office.pictures import columns
from pipeline.office.proof import proof
from pipeline.office.shop import Shop, write_atomic

PICTURE = Path(__file__).parents[2] / "docs" / "images" / "documents.png"
_DAY = date(2026, 4, 1)
_HEIGHT = 760  # pixels


def main() -> None:
    """Each document type once, each for another issuer."""
    shop = Shop()
    issuers = sorted(shop.issuers(), key=lambda name: shop.issuer(name).insurer_number)
    pairs = zip(shop.documents(), cycle(issuers), strict=False)
    proofs = [proof(document, issuer, "", _DAY, shop) for document, issuer in pairs]
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(PICTURE, columns([(one.pdf, one.trims) for one in proofs], _HEIGHT))


if __name__ == "__main__":
    main()
