"""Pictures made from proofs: the README's, and one of all documents an issuer uses: `python -m pipeline.office.gallery`."""

from datetime import date
from itertools import cycle
from pathlib import Path

from pipeline.base.geometry import Box
from pipeline.office.durable import write_atomic
from pipeline.office.pictures import columns, wall
from pipeline.office.proof import Proof, proof
from pipeline.office.shop import Shop

IMAGES = Path(__file__).parents[2] / "docs" / "images"
_DAY = date(2026, 4, 1)
_FIRST = 3  # documents of the README's picture
_HEIGHT, _SMALL = 760, 420  # pixels


def main() -> None:
    """The first document types, each for another issuer; then all of each issuer."""
    shop = Shop()
    issuers = sorted(shop.issuers(), key=lambda name: shop.issuer(name).insurer_number)
    IMAGES.mkdir(parents=True, exist_ok=True)
    turns = cycle(issuers)
    shown = []
    for document in list(shop.issuer(issuers[0]).documents)[:_FIRST]:
        issuer = next(name for name in turns if document in shop.issuer(name).documents)
        shown.append(_shown(proof(document, issuer, "", _DAY, shop)))
    write_atomic(IMAGES / "documents.png", columns(shown, _HEIGHT))
    for name in issuers:
        everything = [*shop.issuer(name).documents, *shop.issuer(name).enclosures]
        used = [_shown(proof(one, name, "", _DAY, shop)) for one in everything]
        write_atomic(IMAGES / f"all-{name}.png", wall(used, _SMALL))


def _shown(made: Proof) -> tuple[bytes, tuple[Box, ...]]:
    return made.pdf, made.trims


if __name__ == "__main__":
    main()
