"""Compile: a layout for one issuer goes through WeasyPrint once; out comes a template to stamp."""

import hashlib
import json
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import date

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft import artwork, pantograph, typesetter
from pipeline.craft.pdf.normal import NotPrintable, normal
from pipeline.craft.screens import matched
from pipeline.craft.typefaces import Typefaces
from pipeline.model.issuer import Issuer, SealImage, texts_on
from pipeline.model.layout import FieldSpec, Layout, PlateSpec, SideSpec
from pipeline.model.press_profile import PressProfile
from pipeline.model.spec import Cmyk
from pipeline.model.template import CodeField, Ground, LeafTemplate, Plate, SealField, Setting, Side, Template, TextField

_QUIET_MODULES = 4
_ARTWORKS = 200
_GROUNDS = 24  # a pantograph is a megabyte or more


class Kept:
    """What earlier compilations made: for the designer's page, where one thing changes and the rest is as it was."""

    def __init__(self) -> None:
        self._pages = typesetter.Pages()
        self._artwork: dict[tuple[bytes, int, int], bytes] = {}
        self._grounds: dict[Hashable, Ground] = {}

    def artwork(self, html: str, assets: Mapping[str, bytes], width: int, height: int) -> bytes:
        """A page of artwork as it goes into the press file; errors as `set_page` and `normal`."""
        key = self._pages.set_page(html, assets), width, height
        if key not in self._artwork:
            if len(self._artwork) >= _ARTWORKS:
                self._artwork.clear()
            self._artwork[key] = normal(*key)
        return self._artwork[key]

    def ground(self, key: Hashable, make: Callable[[], Ground]) -> Ground:
        """The ground made from what `key` says."""
        if key not in self._grounds:
            if len(self._grounds) >= _GROUNDS:
                self._grounds.clear()
            self._grounds[key] = make()
        return self._grounds[key]


def compile_layout(
    document: str,
    layout: Layout,
    assets: Mapping[str, bytes],
    issuer_id: str,
    issuer: Issuer,
    seals: Mapping[str, bytes],
    typefaces: Typefaces,
    day: date,
    presses: Mapping[str, PressProfile],
    kept: Kept | None = None,
) -> Template:
    """Compile a layout. `assets` are the files of the layout's folder, `seals` the issuer's seal images, by name.

    What `kept` has is not made again. The seal and the issuer's wording are those of `day`, `presses` the press profiles.
    Raises LayoutError with all problems: artwork WeasyPrint would warn about, no valid seal, wording not yet in effect.
    """
    work = _Compiler(document, layout, assets, issuer_id, issuer, seals, typefaces, day, presses, kept or Kept())
    leaves = tuple(LeafTemplate(work.side(leaf.front), work.side(leaf.back) if leaf.back else None) for leaf in layout.leaves)
    web = work.web(layout.web) if layout.web else ""
    if work.problems:
        raise LayoutError(work.problems)
    used = sorted(
        {setting.typeface for leaf in leaves for side in leaf.sides for text in side.texts for setting in text.settings}
    )
    return Template(
        document=document,
        issuer=issuer_id,
        title=layout.title,
        letter=layout.letter,
        material=layout.material,
        width=layout.page.width,
        height=layout.page.height,
        bleed=layout.page.bleed,
        leaves=leaves,
        typefaces=tuple(used),
        fingerprint=_fingerprint(layout, issuer_id, leaves, web, {name: typefaces[name].sha256 for name in used}),
        web=web,
        edition=layout.edition,
    )


def valid_seal(issuer: Issuer, day: date) -> SealImage | None:
    """The seal image in force on a day."""
    for seal in issuer.seals:
        if seal.valid_from <= day and (seal.valid_until is None or day <= seal.valid_until):
            return seal
    return None


class _Compiler:
    """One compilation; collects its problems so that the designer sees all at once."""

    def __init__(
        self,
        document: str,
        layout: Layout,
        assets: Mapping[str, bytes],
        issuer_id: str,
        issuer: Issuer,
        seals: Mapping[str, bytes],
        typefaces: Typefaces,
        day: date,
        presses: Mapping[str, PressProfile],
        kept: Kept,
    ):
        self.layout, self.assets, self.seals = layout, assets, seals
        self.issuer = issuer.model_copy(update={"texts": texts_on(issuer, day)})
        self.typefaces, self.presses, self.kept = typefaces, presses, kept
        self.place = f"layouts/documents/{document}"
        self.problems: list[Problem] = []
        self.seal = valid_seal(issuer, day)
        if self.seal is None and any(side.seals for leaf in layout.leaves for side in (leaf.front, leaf.back) if side):
            self.problems.append(Problem("seal-not-valid", f"{issuer_id}.yaml seals", {"day": day.isoformat()}))
        if layout.effective_from and day < layout.effective_from:
            values = {"day": day.isoformat(), "from": layout.effective_from.isoformat()}
            self.problems.append(Problem("layout-not-in-effect", f"{self.place}/layout.yaml", values))
        if layout.effective_until and day > layout.effective_until:
            values = {"day": day.isoformat(), "until": layout.effective_until.isoformat(), "edition": layout.edition}
            self.problems.append(Problem("layout-out-of-date", f"{self.place}/layout.yaml", values))

    def side(self, spec: SideSpec) -> Side:
        """One side: its artwork set, its ground calculated, its fields resolved."""
        ink = self._cmyk("ink")
        texts = [self._text(name, field) for name, field in spec.places.items()]
        return Side(
            pdf=self._artwork(spec),
            ground=self._ground(spec),
            # one colour after the other, ink last: codes come after the texts and are printed in ink
            texts=tuple(sorted(texts, key=lambda text: (text.colour == ink, text.colour))),
            codes=tuple(
                CodeField(name, code.value, code.box.box, code.level, code.module, code.kind)
                for name, code in spec.codes.items()
            ),
            seals=tuple(self._sealed(name, seal.box.box) for name, seal in spec.seals.items() if self.seal),
            plates=tuple(self._plate(name, plate) for name, plate in spec.plates.items()),
        )

    def web(self, name: str) -> str:
        """The page of the web channel with its fields as marks."""
        try:
            return artwork.web_page(self.assets[name].decode("utf-8"), self.layout, self.issuer, self.assets)
        except artwork.ArtworkError as error:
            at = f"{self.place}/{name}:{error.line}" if error.line else f"{self.place}/{name}"
            self.problems.append(Problem("artwork-unknown-name", at, {"reason": str(error)}))
            return ""

    def _artwork(self, spec: SideSpec) -> bytes:
        place = f"{self.place}/{spec.artwork}"
        try:
            html = self.assets[spec.artwork].decode("utf-8")
            page = self.layout.page
            made = artwork.page(html, spec, self.layout, self.issuer, self.assets)
            return self.kept.artwork(made, self.assets, page.width + 2 * page.bleed, page.height + 2 * page.bleed)
        except artwork.ArtworkError as error:
            at = f"{place}:{error.line}" if error.line else place
            self.problems.append(Problem("artwork-unknown-name", at, {"reason": str(error)}))
        except typesetter.TypesettingError as error:
            self.problems += [Problem("artwork-refused", place, {"reason": report}) for report in error.reports]
        except NotPrintable as error:
            self.problems += [Problem(fault.code, place, fault.values) for fault in error.faults]
        return b""

    def _ground(self, spec: SideSpec) -> Ground:
        clear = [self._kept_clear(spec, name) for name in spec.pantograph.clear] if spec.pantograph else []
        press = self.presses.get(spec.pantograph.profile) if spec.pantograph else None
        theme = sorted(self.issuer.theme.items())
        key = repr((self.layout.page, spec.ground, spec.pantograph, clear, press, theme, self.issuer.spots))
        return self.kept.ground(key, lambda: self._made_ground(spec, clear))

    def _made_ground(self, spec: SideSpec, clear: list[Box]) -> Ground:
        flat = self._cmyk(spec.ground) if spec.ground else None
        spot = self.issuer.spots.get(spec.ground or "", "")
        design = spec.pantograph
        if design is None:
            return Ground(flat, spot=spot)
        page = self.layout.page
        press = self.presses.get(design.profile)
        if press is None:
            values = {"kind": "profile", "name": design.profile[:60], "known": "、".join(self.presses) or "—"}
            raise LayoutError(Problem("layout-unknown-name", f"{self.place}/layout.yaml", values))
        mask, size, places = pantograph.pattern(
            page.width, page.height, page.bleed, design.word, self.typefaces[design.typeface].path, design.height,
            design.repeat, design.angle, matched(press, design.profile), press.dpi,
        )  # fmt: skip
        dot = 25_400 // press.dpi + 1  # a RIP may ink a dot that an edge runs through
        bare = tuple(box.grown(dot) for box in clear)
        return Ground(flat, mask, size, self._cmyk(design.colour), press.dpi, spot, places, bare)

    def _plate(self, name: str, spec: PlateSpec) -> Plate:
        page = self.layout.page
        trim = Box(0, 0, page.width, page.height)
        boxes = {"outline": (trim,), "page": (trim.grown(page.bleed),)}.get(spec.shape) or tuple(one.box for one in spec.boxes)
        alternate = _thousandths(spec.alternate)
        if spec.shape in ("areas", "page"):
            return Plate(name, spec.kind, boxes, alternate)
        return Plate(name, spec.kind, boxes, alternate, page.corner if spec.shape == "outline" else 0, spec.line, spec.dash)

    def _kept_clear(self, spec: SideSpec, name: str) -> Box:
        if name in spec.codes:
            box = spec.codes[name].box.box
            return box.grown(_QUIET_MODULES * max(spec.codes[name].module, box.width // 33))
        return (spec.fields.get(name) or spec.seals[name]).box.box

    def _sealed(self, name: str, box: Box) -> SealField:
        assert self.seal is not None
        image = self.seals[self.seal.image]
        width, height = (f"{edge / 1000:g}mm" for edge in (box.width, box.height))
        html = (
            f"<!doctype html><style>@page {{ size: {width} {height}; margin: 0 }} body {{ margin: 0 }}"
            f"img {{ display: block; width: {width}; height: {height} }}</style>"
            f'<img src="{typesetter.ASSETS}{self.seal.image}">'
        )
        try:
            pdf = self.kept.artwork(html, {self.seal.image: image}, box.width, box.height)
        except NotPrintable as error:
            self.problems += [Problem(fault.code, self.seal.image, fault.values) for fault in error.faults]
            pdf = b""
        except typesetter.TypesettingError as error:
            self.problems += [Problem("artwork-refused", self.seal.image, {"reason": report}) for report in error.reports]
            pdf = b""
        return SealField(name, box, pdf, hashlib.sha256(image).hexdigest())

    def _text(self, name: str, spec: FieldSpec) -> TextField:
        style = self.layout.styles[spec.style]
        settings = tuple(
            Setting(face, fit.size, fit.lines, fit.baseline, fit.leading)
            for face in self.layout.typefaces[style.typeface]
            for fit in style.fit
        )
        return TextField(
            name, spec.value, spec.box.box, settings, style.align, self._cmyk(style.colour), spec.form, spec.width,
            spec.overflow, style.tracking, spec.required, spec.when, spec.mark,
        )  # fmt: skip

    def _cmyk(self, name: str) -> tuple[int, int, int, int]:
        return _thousandths(self.issuer.theme[name])


def _thousandths(colour: Cmyk) -> tuple[int, int, int, int]:
    cyan, magenta, yellow, black = (round(10 * part) for part in colour)
    return cyan, magenta, yellow, black


def _fingerprint(layout: Layout, issuer: str, leaves: tuple[LeafTemplate, ...], web: str, typefaces: Mapping[str, str]) -> str:
    """Hash of everything that can change the print, WeasyPrint's own result included."""
    digest = hashlib.sha256(typesetter.version().encode())
    digest.update(json.dumps([layout.model_dump(mode="json"), issuer, web, typefaces], sort_keys=True).encode())
    for leaf in leaves:
        for side in leaf.sides:
            digest.update(side.pdf + side.ground.mask)
            digest.update(repr((replace(side.ground, mask=b""), side.texts, side.codes, side.plates)).encode())
            for seal in side.seals:
                digest.update(seal.pdf + repr((seal.name, seal.box, seal.digest)).encode())
    return digest.hexdigest()
