"""Boxes on a page or sheet, in whole micrometres, origin at the top left, y downwards.

The plate alone turns y upwards, because PDF counts from the bottom left.
"""

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: left and top edge, width and height, µm."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def holds(self, other: "Box") -> bool:
        """Whether `other` lies wholly inside this box."""
        return self.left <= other.left and self.top <= other.top and other.right <= self.right and other.bottom <= self.bottom

    def overlaps(self, other: "Box") -> bool:
        """Whether the two boxes share any area."""
        return self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom

    def grown(self, by: int) -> "Box":
        """The box with `by` µm added on all four sides."""
        return Box(self.left - by, self.top - by, self.width + 2 * by, self.height + 2 * by)
