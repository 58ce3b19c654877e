"""Fitting a text to its box by the layout's own steps: never clipped, never squeezed, never below the designer's last size."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipeline.craft.typefaces import Typeface, Typefaces, clusters, is_special
from pipeline.model.template import Setting, TextField

# 行頭禁則 and 行末禁則 (JIS X 4051): what may not begin or end a line.
_NOT_FIRST = set("、。，．・：；？！ー―～〜）］｝」』】〉》〕ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎゝゞヽヾ々,.:;?!)]}-")
_BLANK = re.compile("([ \u3000])")
_NOT_LAST = set("（［｛「『【〈《〔([{")


class Fitted(NamedTuple):
    """A text as it will be set: lines joined by a line feed, and the index of the setting."""

    text: str
    setting: int


class Misfit(NamedTuple):
    """Why a text cannot be set: the clusters no typeface of the chain covers, or none when it is too long."""

    missing: tuple[str, ...]


class _Step(NamedTuple):
    number: int
    setting: Setting
    room: int  # font units in one line


def gaps(line: str) -> int:
    """One less than a line's glyphs, as often as tracking shows: a mark or variation selector has no glyph of its own."""
    return (len(clusters(line)) if is_special(line) else len(line)) - 1


class Fitter:
    """Fits texts to one field."""

    def __init__(self, field: TextField, typefaces: Typefaces):
        self._field = field
        self._chain: list[tuple[Typeface, list[_Step]]] = []
        for index, setting in enumerate(field.settings):
            face = typefaces[setting.typeface]
            if not self._chain or self._chain[-1][0] is not face:
                self._chain.append((face, []))
            step = _Step(index, setting, field.box.width * face.upem // setting.size)
            self._chain[-1][1].append(step)

    def fit(self, text: str) -> Fitted | Misfit:
        """The first typeface that has every character, then the first step that holds the text."""
        return self._quick(text) or self._try(text)

    def _quick(self, text: str) -> Fitted | None:
        """The usual case: one line of plain characters at a one-line step of the first typeface."""
        face, steps = self._chain[0]
        width = face.plain_width(text)
        if width is None or self._field.tracking or not text:
            return None
        for step in steps:
            if width <= step.room:
                return Fitted(text, step.number)
            if step.setting.lines > 1:
                return None
        return None

    def _try(self, text: str) -> Fitted | Misfit:
        if not text:
            return Fitted("", 0)
        missing: tuple[str, ...] = ()
        for face, steps in self._chain:
            lines = text.split("\n")
            widths = [face.measure(line) for line in lines]
            if None in widths:
                missing = missing or tuple(cluster for line in lines for cluster in face.missing(line))
                continue
            # a name is broken between its words, in smaller type if need be, before it is broken within one
            for between in (_words, _pieces):
                for step in steps:
                    if fitted := self._set(lines, widths, face, step, between):  # type: ignore[arg-type]
                        return Fitted("\n".join(fitted), step.number)
            return Misfit(())
        return Misfit(missing)

    def _set(self, lines: list[str], widths: list[int], face: Typeface, step: _Step, between: "_Breaks") -> list[str] | None:
        """The lines of a text at one step, or None if they do not fit."""
        tracking = self._field.tracking * face.upem / step.setting.size
        allowed = step.setting.lines
        done: list[str] = []
        for line, width in zip(lines, widths, strict=True):
            if width + tracking * gaps(line) <= step.room:
                done.append(line)
            elif allowed > 1:
                broken = _fill(between(line), face, step.room, tracking, allowed - len(done))
                if broken is None:
                    return None
                done.extend(broken)
            else:
                return None
        return done if len(done) <= allowed else None


_Breaks = Callable[[str], list[tuple[str, str]]]


def _words(text: str) -> list[tuple[str, str]]:
    """What may not be broken, each with the blank before it: a blank at a break is taken by the break, no other is."""
    words = _BLANK.split(text)  # word, blank, word, blank, word …
    return [("", words[0]), *zip(words[1::2], words[2::2], strict=True)]


def _pieces(text: str) -> list[tuple[str, str]]:
    """Characters that may be parted, those kept together by kinsoku in one."""
    return [("", piece) for piece in _unbreakable(text)]


def _unbreakable(text: str) -> list[str]:
    pieces: list[str] = []
    for cluster in clusters(text):
        if pieces and (cluster[0] in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST):
            pieces[-1] += cluster
        else:
            pieces.append(cluster)
    return pieces


def _fill(pieces: Sequence[tuple[str, str]], face: Typeface, room: int, tracking: float, allowed: int) -> list[str] | None:
    def fits(line: str) -> bool:
        width = face.measure(line)
        return width is not None and width + tracking * gaps(line) <= room

    lines: list[str] = []
    line = ""
    for joint, piece in pieces:
        if line and fits(line + joint + piece):
            line += joint + piece
        elif not fits(piece):
            return None
        else:
            lines += [line] if line else []
            line = piece
    lines.append(line)
    return lines if len(lines) <= allowed else None
