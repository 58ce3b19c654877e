"""What compilations have made and may need again: set pages and grounds, by all that they depend on."""

from collections.abc import Callable, Hashable, Mapping

from pipeline.craft import typesetter
from pipeline.craft.pdf.normal import normal
from pipeline.model.template import Ground

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
