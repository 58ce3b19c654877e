"""What the page shows: a view is asked for, a look answers it with pictures, overlays and problems.

The look of a view that cannot be printed has the problems and the last good pictures.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.base.problems import Problem, ShikakuError
from pipeline.office import job

_MOST_PIXELS = 24_000_000
_MOST_LATER = 200  # copies that nobody has asked for yet
_MOST_BYTES = 384_000_000
_PLATE_DPI = (100, 300)
_THUMB = 260  # pixels of a gallery picture's longer edge


class View(NamedTuple):
    """What a designer looks at. `dpi` is that of the pictures; `sample` and `sheet` may be empty: the usual one."""

    document: str
    issuer: str
    sample: str = ""
    mode: str = "piece"
    sheet: str = ""
    dpi: int = 200


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page, by the name it is fetched with; sizes in µm.

    Overlays are `[kind, label, left, top, width, height]`. `late`: it takes seconds and is made when it is fetched.
    """

    name: str
    label: str
    width: int
    height: int
    overlays: Sequence[Sequence[Any]] = ()
    late: bool = False

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "src": f"picture/{self.name}.png", "label": self.label, "width": self.width, "height": self.height,
            "overlays": self.overlays, "late": self.late,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pane:
    """Pictures under one heading, e.g. one plate or one sample; `told` is what can be said of them."""

    title: str
    pictures: Sequence[Picture]
    told: str = ""
    problems: Sequence[Problem] = ()

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "title": self.title, "told": self.told, "pictures": [one.as_json() for one in self.pictures],
            "problems": [one.as_json() for one in self.problems],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """The answer to a view. `stale`: these are the last good pictures, the problems say why."""

    panes: Sequence[Pane] = ()
    problems: Sequence[Problem] = ()
    stale: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """For the page."""
        return {
            "panes": [one.as_json() for one in self.panes], "problems": [one.as_json() for one in self.problems],
            "stale": self.stale, **self.facts,
        }  # fmt: skip


class Late(NamedTuple):
    """A picture in two steps: the page for the one thread that draws pages, then what is calculated from it, in any."""

    page: Callable[[], job.Picture]
    rest: Callable[[job.Picture], job.Picture]


class Looks:
    """Makes looks and keeps their pictures. For one thread, but for `picture` and `late`."""

    def __init__(self, root: Path | None, day: Any):
        self.studio = job.Studio(root, day)
        self._pictures: OrderedDict[str, bytes] = OrderedDict()
        self._bytes = 0
        self._good: OrderedDict[View, Look] = OrderedDict()
        self._later: OrderedDict[str, Late] = OrderedDict()

    def picture(self, name: str) -> bytes | None:
        """A picture that was made."""
        return self._pictures.get(name)

    def late(self, name: str) -> Late | None:
        """How a picture is made that nobody has asked for yet; None where nobody knows of it."""
        return self._later.get(name)

    def store(self, name: str, picture: job.Picture) -> bytes:
        """Keep a picture; its PNG."""
        made = self._pictures[name] = job.quick_png(picture)
        self._later.pop(name, None)
        self._bytes += len(made)
        while self._bytes > _MOST_BYTES and len(self._pictures) > 1:
            self._bytes -= len(self._pictures.popitem(last=False)[1])
        return made

    def look(self, view: View) -> Look:
        """Print what is asked for, now. Never raises for what a designer can mend."""
        try:
            made = Look(list(MODES[view.mode](self, view)), facts=self._facts(view))
        except ShikakuError as fault:
            last = self._good.get(view, Look())
            return Look(last.panes, fault.problems, bool(last.panes), last.facts)
        self._good[view] = made
        self._good.move_to_end(view)
        while len(self._good) > 40:
            self._good.popitem(last=False)
        return made

    def thumb(self, document: str, issuer: str, sheet: str = "") -> str:
        """The name of a gallery picture: the first page of the usual sample. ShikakuError if it cannot be printed."""
        studio = self.studio
        made = studio.sheet(document, issuer, "", sheet) if sheet else studio.piece(document, issuer)
        longer = max(made.pages[0].width, made.pages[0].height)
        return self._page(made, made.pages[0], int(_THUMB * 25400 / longer)).name

    def approve(self, view: View) -> str:
        """Keep the piece as it is now as the approved version; its digest."""
        made = self.studio.piece(view.document, view.issuer, view.sample)
        job.keep_approved(self.studio.root, view.document, view.issuer, view.sample, made.pdf)
        return made.digest

    def _facts(self, view: View) -> dict[str, Any]:
        approved = job.approved(self.studio.root, view.document, view.issuer, view.sample)
        return {"approved": approved is not None}

    def _piece(self, view: View) -> Iterator[Pane]:
        made = self.studio.piece(view.document, view.issuer, view.sample)
        yield Pane("", [self._page(made, page, view.dpi) for page in made.pages])

    def _sheet(self, view: View) -> Iterator[Pane]:
        made = self.studio.sheet(view.document, view.issuer, view.sample, view.sheet)
        yield Pane("", [self._page(made, page, view.dpi) for page in made.pages])

    def _contact(self, view: View) -> Iterator[Pane]:
        """Every sample, those that are held with the reason."""
        for name in self.studio.catalogue().samples:
            try:
                made = self.studio.piece(view.document, view.issuer, name)
            except ShikakuError as fault:
                yield Pane(name, (), "", fault.problems)
                continue
            yield Pane(name, [self._page(made, page, view.dpi) for page in made.pages])

    def _plates(self, view: View) -> Iterator[Pane]:
        made = self.studio.piece(view.document, view.issuer, view.sample)
        dpi = min(max(view.dpi, _PLATE_DPI[0]), _PLATE_DPI[1])
        plates = job.separate(made.pdf, dpi)
        for name in dict.fromkeys(plate.name for plate in plates):
            shown, shares = [], []
            for page in made.pages:
                plate = next((one for one in plates if one.name == name and one.page == page.number), None)
                if plate is None:
                    continue  # a spot that this page does not have
                key = f"{made.digest} plate {name} {page.number} {dpi}"
                shown.append(self._keep(key, plate.picture.copy, page))
                shares.append(f"{page.label} {plate.share:.1%}")
            title = next(one.title for one in plates if one.name == name)
            yield Pane(title, shown, "平均の濃さ　" + "・".join(shares))

    def _copy(self, view: View) -> Iterator[Pane]:
        """The print beside what a photocopier makes of it."""
        made, press = self.studio.piece(view.document, view.issuer, view.sample), self.studio.press(view.document)
        yield Pane("原本", [self._page(made, page, view.dpi) for page in made.pages])
        if not job.COPIERS:
            yield Pane("コピー", [], "計算できる複写機がまだ登録されていません（office/copiers）。")
        for copier in job.COPIERS:
            shown = [
                self._keep(
                    f"{made.digest} copy {copier.name} {page.number} {view.dpi}",
                    Late(partial(job.in_press_dots, made.pdf, page.number, press), partial(copier.copy, view.dpi, press)),
                    page,
                )
                for page in made.pages
            ]
            yield Pane(copier.title, shown, copier.told)

    def _compare(self, view: View) -> Iterator[Pane]:
        """The last approved version, the print of now, and what differs."""
        made = self.studio.piece(view.document, view.issuer, view.sample)
        before = job.approved(self.studio.root, view.document, view.issuer, view.sample)
        now = [self._page(made, page, view.dpi) for page in made.pages]
        if before is None:
            yield Pane("現在", now, "承認版はまだありません。「承認版として記録」を押すと、今の印刷が比較の相手になります。")
            return
        digest = hashlib.sha256(before).hexdigest()
        old, marked, shares = [], [], []
        for page in made.pages:
            was = job.page_picture(before, page.number, view.dpi)
            shown, share = job.differences(was, job.page_picture(made.pdf, page.number, view.dpi))
            old.append(self._keep(f"{digest} {page.number} {view.dpi}", was.copy, page))
            marked.append(self._keep(f"{digest} {made.digest} {page.number} {view.dpi}", shown.copy, page))
            shares.append(f"{page.label} {share:.2%}" if share else f"{page.label} なし")
        yield Pane("承認版", old)
        yield Pane("現在", now)
        yield Pane("違い", marked, "違う面積　" + "・".join(shares))

    def _page(self, made: job.Print, page: job.Page, dpi: int) -> Picture:
        return self._keep(f"{page.digest} {dpi}", lambda: job.page_picture(made.pdf, page.number, _bounded(page, dpi)), page)

    def _keep(self, key: str, make: Callable[[], job.Picture] | Late, page: job.Page) -> Picture:
        """A picture under the name of what it shows; made only if it is not there, a late one when it is asked for."""
        name = hashlib.sha256(key.encode()).hexdigest()[:32]
        if name in self._pictures:
            self._pictures.move_to_end(name)
        elif isinstance(make, Late):
            self._later[name] = make
            while len(self._later) > _MOST_LATER:
                self._later.popitem(last=False)
        else:
            self.store(name, make())
        over = [[one.kind, one.label, *one.box] for one in page.overlays]
        return Picture(name, page.label, page.width, page.height, over, name not in self._pictures)


def _bounded(page: job.Page, dpi: int) -> float:
    """The resolution, or less where the picture would be too large."""
    pixels = page.width * page.height * (dpi / 25400) ** 2
    return dpi * min(1.0, math.sqrt(_MOST_PIXELS / pixels))


MODES: Mapping[str, Callable[[Looks, View], Iterator[Pane]]] = {
    "piece": Looks._piece,
    "sheet": Looks._sheet,
    "contact": Looks._contact,
    "plates": Looks._plates,
    "copy": Looks._copy,
    "compare": Looks._compare,
}
