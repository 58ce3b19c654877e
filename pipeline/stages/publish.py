"""Publish: the web channel's accessible PDFs, one a member, from the same final texts that the sheets carry.

WeasyPrint sets each page whole (5 to 20 a second); they are far fewer than printed pieces and have no slots, marks or codes.
"""

import zipfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.craft import artwork, typesetter
from pipeline.model.document import Document
from pipeline.model.template import Template

_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the earliest a ZIP can say: the same lot gives the same bytes


def page(template: Template, document: Document) -> bytes:
    """One member's accessible PDF. TypesettingError for what the typesetter would only warn about."""
    texts = {field.name: text for field, text in zip(template.texts, document.texts, strict=True)}
    return typesetter.set_accessible(artwork.web_texts(template.web, texts))


def publish(path: Path, template: Template, documents: Iterable[Document]) -> None:
    """Write the PDFs of some documents into one ZIP, named by their serials. TypesettingError as `page`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for document in documents:
            entry = zipfile.ZipInfo(f"{document.serial}.pdf", _NO_DATE)
            archive.writestr(entry, page(template, document))
