"""Pictures of finished pages for people: proofs as PNG. Uses the checker's `pypdfium2` and `Pillow`, never to make ink."""

from io import BytesIO

import pypdfium2
from PIL import Image

_GAP = 24  # pixels between pages


def side_by_side(pdf: bytes, dpi: int = 300) -> bytes:
    """All pages of a PDF in one PNG, left to right."""
    document = pypdfium2.PdfDocument(pdf)
    pages = [page.render(scale=dpi / 72).to_pil().convert("RGB") for page in document]
    width = sum(page.width for page in pages) + _GAP * (len(pages) - 1)
    sheet = Image.new("RGB", (width, max(page.height for page in pages)), "white")
    left = 0
    for page in pages:
        sheet.paste(page, (left, 0))
        left += page.width + _GAP
    file = BytesIO()
    sheet.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()
