"""Compile: a layout for one issuer goes through WeasyPrint once; out comes a template to stamp."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from pipeline.base.geometry import Box
from pipeline.base.problems import LayoutError, Problem
from pipeline.craft import artwork, camouflage, line_work, microtext, pantograph, typesetter
from pipeline.craft.kept import Kept
from pipeline.craft.pdf.normal import NotPrintable
from pipeline.craft.typefaces import Typefaces
from pipeline.model.issuer import Issuer, SealImage, texts_on
from pipeline.model.layout import FieldSpec, Layout, PlateSpec, SideSpec
from pipeline.model.press_profile import PressProfile
from pipeline.model.spec import Cmyk
from pipeline.model.template import (
    CodeField,
    Ground,
    LeafTemplate,
    LineWork,
    Plate,
    SealField,
    Setting,
    Side,
    Template,
    TextField,
    Woven,
)

_QUIET_MODULES = 4


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
        self.layout, self.assets, self.seals, self.issuer_id = layout, assets, seals, issuer_id
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
        # one colour after the other, ink last: codes come after the texts and are printed in ink
        texts.sort(key=lambda text: (text.colour == ink, text.colour))
        return Side(
            pdf=self._artwork(spec),
            ground=self._ground(spec),
            texts=tuple(texts),
            codes=tuple(
                CodeField(name, code.value, code.box.box, code.level, code.module, code.kind, code.signed)
                for name, code in spec.codes.items()
            ),
            seals=tuple(self._sealed(name, seal.box.box) for name, seal in spec.seals.items() if self.seal),
            plates=tuple(self._plate(name, plate) for name, plate in spec.plates.items()),
            woven=tuple(self._woven(spec, [text.name for text in texts])),
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
            at = f"{self.place}/layout.yaml security"
            fine = microtext.checked_fragment(spec, self.layout, self.issuer, self.typefaces, self.presses, at)
            made = artwork.page(html, spec, self.layout, self.issuer, self.assets, fine)
            return self.kept.artwork(made, self.assets, page.width + 2 * page.bleed, page.height + 2 * page.bleed)
        except artwork.ArtworkError as error:
            at = f"{place}:{error.line}" if error.line else place
            self.problems.append(Problem("artwork-unknown-name", at, {"reason": str(error)}))
        except typesetter.TypesettingError as error:
            self.problems += _refused(error, place)
        except NotPrintable as error:
            self.problems += [Problem(fault.code, place, fault.values) for fault in error.faults]
        except LayoutError as error:
            self.problems += error.problems
        return b""

    def _ground(self, spec: SideSpec) -> Ground:
        clear = [self._kept_clear(spec, name) for name in spec.pantograph.clear] if spec.pantograph else []
        press = self.presses.get(spec.pantograph.profile) if spec.pantograph else None
        theme = sorted(self.issuer.theme.items())
        work = (spec.security.line_work, spec.codes, self.issuer_id, sorted(self.presses.items()))
        key = repr((self.layout.page, spec.ground, spec.pantograph, clear, press, theme, self.issuer.spots, work))
        return self.kept.ground(key, lambda: self._made_ground(spec, clear))

    def _made_ground(self, spec: SideSpec, clear: list[Box]) -> Ground:
        flat = self._cmyk(spec.ground) if spec.ground else None
        spot = self.issuer.spots.get(spec.ground or "", "")
        page, lines = self.layout.page, self._line_work(spec)
        design = spec.pantograph
        if design is None:
            return Ground(flat, spot=spot, lines=lines)
        press = self.presses.get(design.profile)
        if press is None:
            values = {"kind": "profile", "name": design.profile[:60], "known": "、".join(self.presses) or "—"}
            raise LayoutError(Problem("layout-unknown-name", f"{self.place}/layout.yaml", values))
        mask, size, places = pantograph.pattern(
            page.width, page.height, page.bleed, design.word, self.typefaces[design.typeface].path, design.height,
            design.repeat, design.angle, camouflage.matched(press, design), press.dpi,
            camouflage.bare(design),
        )  # fmt: skip
        dot = 25_400 // press.dpi + 1  # a RIP may ink a dot that an edge runs through
        bare = tuple(box.grown(dot) for box in clear)
        return Ground(flat, mask, size, self._cmyk(design.colour), press.dpi, spot, places, bare, lines)

    def _line_work(self, spec: SideSpec) -> tuple[LineWork, ...]:
        def clear(names: Sequence[str]) -> list[Box]:
            return [self._kept_clear(spec, name) for name in dict.fromkeys((*spec.codes, *names))]

        def inks(name: str) -> line_work.Ink:
            return self._cmyk(name), self.issuer.spots.get(name, "")

        place = f"{self.place}/layout.yaml security"
        return line_work.drawn(
            spec.security, self.layout.page, self.issuer_id, inks, clear, self.typefaces, self.presses, place
        )

    def _woven(self, spec: SideSpec, texts: Sequence[str]) -> Iterator[Woven]:
        """What repeats a member's text; `texts` are the names of the side's texts in their order."""
        for name, one in spec.security.woven.items():
            self.problems += microtext.faults(name, one, self.presses, f"{self.place}/layout.yaml security {name}")
            yield microtext.woven(name, one, texts.index(one.field), self._cmyk(one.colour))

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
            self.problems += _refused(error, self.seal.image)
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


def _refused(error: typesetter.TypesettingError, place: str) -> list[Problem]:
    """What the typesetter said of a page."""
    if isinstance(error, typesetter.PageTookTooLong):
        return [Problem("artwork-too-slow", place, {"seconds": f"{error.seconds:g}"})]
    return [Problem("artwork-refused", place, {"reason": report}) for report in error.reports]


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
            digest.update(repr((replace(side.ground, mask=b""), side.texts, side.codes, side.plates, side.woven)).encode())
            for seal in side.seals:
                digest.update(seal.pdf + repr((seal.name, seal.box, seal.digest)).encode())
    return digest.hexdigest()
