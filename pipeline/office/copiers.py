"""Copiers whose copies the designer's page can show beside the original. One line of the table is one machine."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from pipeline.craft import copiers
from pipeline.craft.screens import gain_of
from pipeline.model.press_profile import PressProfile
from pipeline.office.copies import copy_of
from pipeline.office.pictures import Picture, page_picture

_SHOWN = ("text-400", "mixed-400", "colour-600", "photo-600", "fax-200")
_TOLD = "計算によるもので、実機ではありません。"
_SILENT = "このモードでは、地紋の文字は浮かびません。"


class Copier(NamedTuple):
    """A copier: `copy` takes the picture's dots per inch, the press and a page in its dots; `told` says what it assumes."""

    name: str
    title: str
    told: str
    copy: Callable[[int, PressProfile, Picture], Picture]


def in_press_dots(pdf: bytes, number: int, press: PressProfile) -> Picture:
    """A page of a PDF, counted from 0, as the press lays its dots."""
    return page_picture(pdf, number, press.dpi)


def _copy(name: str, dpi: int, press: PressProfile, page: Picture) -> Picture:
    copied = copy_of(page, copiers.COPIERS[name], press.dpi, gain_of(press))
    return copied.resize((page.width * dpi // press.dpi, page.height * dpi // press.dpi))


def _copier(name: str, machine: copiers.Copier) -> Copier:
    return Copier(name, machine.title, _TOLD if machine.mode.shows else _TOLD + _SILENT, partial(_copy, name))


COPIERS: tuple[Copier, ...] = tuple(_copier(name, copiers.COPIERS[name]) for name in _SHOWN)
