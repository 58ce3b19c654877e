"""WeasyPrint sets a page of static artwork, once per layout. Owner of `weasyprint`.

It sees only the declared typefaces (a private fontconfig file) and only assets handed over as bytes: no network, no disk.
Whatever it would only warn about (a glyph no typeface has, an unknown CSS property, a missing image) is an error here,
because a warning is read after the paper is printed.
"""

import hashlib
import logging
import mimetypes
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import uses_netloc, uses_relative

from pipeline.craft.patience import TookTooLong, within

ASSETS = "asset:///"
_OLDEST = 70
_patience = 60.0  # seconds for a page; the longest of ours takes two
for _kinds in (uses_relative, uses_netloc):  # so that `src="logo.svg"` resolves beside the page
    _kinds.append("asset")
_FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
# XMP of a file that is both: PDF/A asks for a description of the one property of PDF/UA that its own list lacks.
_BOTH = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
 xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/" pdfaid:part="3" pdfaid:conformance="A"/><rdf:Description rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/><rdf:Description rdf:about=""
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>
<rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description><rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA identification</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name>
<pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>part of PDF/UA</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag>
</pdfaExtension:schemas></rdf:Description></rdf:RDF>"""


class TypesettingError(Exception):
    """WeasyPrint had something to say; `reports` are its sentences."""

    def __init__(self, reports: list[str]):
        super().__init__("; ".join(reports))
        self.reports = reports


class PageTookTooLong(TypesettingError):
    """A page was not set in time: a loop, or far too much in it. Takes the `seconds` there were."""

    def __init__(self, seconds: float):
        super().__init__([f"not set within {seconds:g} seconds"])
        self.seconds = seconds


def allow(seconds: float) -> None:
    """How long this process may take for a page."""
    global _patience
    _patience = seconds


def confine_fonts(fonts: Path, cache: Path) -> None:
    """Let this process see the typefaces in `fonts` and no other; call before the first page is set."""
    name = hashlib.sha256(f"{fonts} {cache}".encode()).hexdigest()[:16]
    file = cache / f"fonts-{name}.conf"
    if not file.exists():
        cache.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(f".{os.getpid()}")
        draft.write_text(_FONTCONFIG.format(fonts=fonts, cache=cache / "fontconfig"), "utf-8")
        draft.replace(file)
    os.environ["FONTCONFIG_FILE"] = str(file)
    os.environ.pop("FONTCONFIG_PATH", None)


class Pages:
    """Pages that were set before. One is set again only if its HTML, or a file that it asked for, is another one.

    The typefaces stay loaded between two pages; the result is the same to the byte.
    """

    def __init__(self, most: int = 200):
        self._most = most
        self._pages: dict[str, tuple[bytes, dict[str, str]]] = {}
        self._fonts: Any = None

    def set_page(self, html: str, assets: Mapping[str, bytes]) -> bytes:
        """As the function of this name. What was refused is not kept."""
        pdf, asked = self._pages.get(html, (b"", {}))
        if pdf and all(name in assets and _digest(assets[name]) == digest for name, digest in asked.items()):
            return pdf
        if self._fonts is None:
            from weasyprint.text.fonts import FontConfiguration

            self._fonts = FontConfiguration()
        fetched: set[str] = set()
        try:
            pdf = set_page(html, assets, fetched, self._fonts)
        except PageTookTooLong:
            self._fonts = None  # it was ended in the middle of whatever it did with them
            raise
        while len(self._pages) >= self._most:
            del self._pages[next(iter(self._pages))]
        self._pages[html] = pdf, {name: _digest(assets[name]) for name in fetched}
        return pdf


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def set_page(html: str, assets: Mapping[str, bytes], fetched: set[str] | None = None, fonts: Any = None) -> bytes:
    """Set one page of HTML; its references resolve in `assets` by name, those it asked for are added to `fetched`.

    `fonts` is WeasyPrint's font configuration, where one is kept. TypesettingError on any warning, PageTookTooLong of it
    where the page is not set in time.
    """
    import weasyprint

    _refuse_old()

    with _warnings() as reports:
        fetcher = _fetcher(assets, fetched)

        def work() -> bytes:
            page = weasyprint.HTML(string=html, base_url=ASSETS, url_fetcher=fetcher)
            document = page.render(fonts, presentational_hints=False)
            if len(document.pages) != 1:
                reports.append(f"the artwork runs over {len(document.pages)} pages")
            pdf = document.write_pdf(uncompressed_pdf=True, pdf_identifier=hashlib.sha256(html.encode()).digest()[:16])
            return bytes(pdf)

        pdf = within(_patience, work)
    if reports:
        raise TypesettingError(reports)
    return pdf


def set_accessible(html: str) -> bytes:
    """Set a tagged PDF that claims PDF/A-3a and PDF/UA-1; no assets, no date. TypesettingError on any warning."""
    import weasyprint

    _refuse_old()

    with _warnings() as reports:

        def work() -> bytes:
            page = weasyprint.HTML(string=html, base_url=ASSETS, url_fetcher=_fetcher({}))
            document = page.render(pdf_variant="pdf/a-3a")
            title = escape(document.metadata.title or "")
            document.metadata.generate_rdf_metadata = lambda *_: _BOTH.format(title=title).encode()
            identifier = hashlib.sha256(html.encode()).digest()[:16]
            return bytes(document.write_pdf(pdf_variant="pdf/a-3a", pdf_tags=True, pdf_identifier=identifier))

        pdf = within(_patience, work)
    if reports:
        raise TypesettingError(reports)
    return pdf


def _refuse_old() -> None:
    """TypesettingError for a WeasyPrint from before the fixes of how it loads files (70.0), whatever is installed."""
    from importlib.metadata import version

    if int(version("weasyprint").partition(".")[0]) < _OLDEST:
        raise TypesettingError([f"weasyprint {version('weasyprint')} is older than {_OLDEST}"])


def version() -> str:
    """Version of the typesetter: rendering changes with every release."""
    from importlib.metadata import version

    return f"weasyprint {version('weasyprint')} pydyf {version('pydyf')}"


def _fetcher(assets: Mapping[str, bytes], fetched: set[str] | None = None) -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc]
        """Deny everything but the layout's own files."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            name = url.removeprefix(ASSETS)
            if not url.startswith(ASSETS) or name not in assets:
                raise FatalURLFetchingError(f"{url}: not a file of this layout's folder")
            if fetched is not None:
                fetched.add(name)
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            return URLFetcherResponse(url, assets[name], {"Content-Type": kind})

    return AssetFetcher(allow_redirects=False, fail_on_errors=True, allowed_protocols=("asset",))


@contextmanager
def _warnings() -> Iterator[list[str]]:
    from weasyprint.urls import FatalURLFetchingError

    reports: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            reports.append(record.getMessage())

    logger = logging.getLogger("weasyprint")
    handler, level, spread = Collect(logging.WARNING), logger.level, logger.propagate
    others = logger.handlers[:]
    logger.handlers[:] = [handler]
    logger.setLevel(logging.WARNING)
    logger.propagate = False
    try:
        yield reports
    except TookTooLong:
        raise PageTookTooLong(_patience) from None
    except FatalURLFetchingError as refused:
        reports.append(str(refused))
        raise TypesettingError(reports) from None
    except NotImplementedError:  # WeasyPrint on a gradient between CMYK colours
        raise TypesettingError([*reports, "a colour that cannot be converted, e.g. device-cmyk in a gradient"]) from None
    finally:
        logger.handlers[:] = others
        logger.setLevel(level)
        logger.propagate = spread
