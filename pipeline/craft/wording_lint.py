"""What the wording of a design must not say: years that no era had, a second honorific, web addresses that nobody answers for.

Source: sources §9 rows 2, 18 and 19. The web addresses that codes may lead to stand in `layouts/web-addresses.yaml`.
"""

import re
from collections.abc import Container, Iterator
from urllib.parse import urlsplit

from pipeline.base.problems import Problem
from pipeline.craft.yamlfile import Location, Source
from pipeline.model.layout import Layout

# The last year of each era. 令和: OURS, further away than anything that is printed here; to be moved on in time.
LAST_YEARS = {"明治": 45, "大正": 15, "昭和": 64, "平成": 31, "令和": 25}
_GAP = r"(?:\s|<[^<>]*>)*"
_YEAR = re.compile(rf"({'|'.join(LAST_YEARS)}){_GAP}([0-9０-９]{{1,4}}){_GAP}年")
_HONORIFIC = "様|殿|御中"
_TWICE = re.compile(rf"(?:{_HONORIFIC}){_GAP}(様(?![式子々])|殿|御中)")
_ALONE = re.compile(rf">\s*({_HONORIFIC})\s*<")
_BRINGS_HONORIFIC = ".addressee"  # the values' names that end so
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:|www\.", re.IGNORECASE)


def faults(text: str, addressed: bool = False) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Where a text or a page's source says what it must not: position, code and values.

    `addressed`: it stands beside a name that brings its honorific, so that no other may stand there alone.
    """
    for found in _YEAR.finditer(text):
        era, year = found[1], int(found[2])
        if not 1 <= year <= LAST_YEARS[era]:
            values = {"given": f"{era}{year}年", "era": era, "last": str(LAST_YEARS[era])}
            yield found.start(), "wording-impossible-year", values
    for found in _TWICE.finditer(text):
        yield found.start(), "wording-honorific-twice", {"given": found[1]}
    if addressed:
        for found in _ALONE.finditer(text if "<" in text else f">{text}<"):
            yield found.start(), "wording-honorific-twice", {"given": found[1]}


def is_addressed(layout: Layout) -> bool:
    """Whether a layout has a name that brings its honorific."""
    sides = (side for leaf in layout.leaves for side in (leaf.front, leaf.back) if side)
    return any(field.value.endswith(_BRINGS_HONORIFIC) for side in sides for field in side.fields.values())


def lint_wording(source: Source, layout: Layout) -> Iterator[Problem]:
    """Problems of a layout's own terms and texts."""
    addressed = is_addressed(layout)
    for where, text in texts_of({"terms": layout.terms, "texts": layout.texts}):
        yield from (Problem(code, source.where(where), values) for _, code, values in faults(text, addressed))


def lint_texts(source: Source, key: str) -> Iterator[Problem]:
    """Problems of all the texts under a key of a file."""
    texts = source.value if isinstance(source.value, dict) else {}
    for where, text in texts_of(texts.get(key, {}), (key,)):
        yield from (Problem(code, source.where(where), values) for _, code, values in faults(text))


def texts_of(value: object, at: Location = ()) -> Iterator[tuple[Location, str]]:
    """Every text of nested mappings and lists with its place."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_of(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from texts_of(inner, (*at, number))


def lint_addresses(source: Source, layout: Layout, hosts: Container[str] | None) -> Iterator[Problem]:
    """Problems of the web addresses that the layout's own codes lead to; `hosts`: those allowed, None: not known here."""
    for number, leaf in enumerate(layout.leaves):
        for name, side in (("front", leaf.front), ("back", leaf.back)):
            for code, spec in side.codes.items() if side else ():
                kind, _, key = spec.value.partition(".")
                payload = layout.texts.get(key) if kind == "text" else layout.terms.get(key) if kind == "term" else None
                if isinstance(payload, str) and _ADDRESS.match(payload):
                    yield from _address(source.where(("leaves", number, name, "codes", code, "value")), code, payload, hosts)


def _address(place: str, code: str, address: str, hosts: Container[str] | None) -> Iterator[Problem]:
    if not address.startswith("https://"):
        yield Problem("code-address-not-secure", place, {"name": code, "given": address[:60]})
        return
    try:
        host = urlsplit(address).netloc
    except ValueError:
        host = ""
    if hosts is not None and host not in hosts:
        yield Problem("code-address-unlisted", place, {"name": code, "host": host[:60]})
