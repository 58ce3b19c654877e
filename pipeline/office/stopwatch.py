"""Seconds per stage, for the screen only: no file of an order knows the time."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.office.order import Progress
from pipeline.office.shop import Shop


class Stopwatch:
    """`with watch("plan"): …` adds up the seconds of a stage; `progress` tells who watches."""

    def __init__(self, shop: Shop, progress: Progress):
        self.progress = progress
        self.seconds: dict[str, float] = {}
        self._shop = shop

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = self._shop.seconds()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + self._shop.seconds() - start
