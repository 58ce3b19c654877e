"""What commands have in common: a day on the command line, and a job on an order with its bar and its answer."""

import re
from collections.abc import Callable
from datetime import date

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer, interrupted, of_order
from pipeline.office.order import OrderReport
from pipeline.office.progress import Bar
from pipeline.office.shop import Shop

_TO_THE_PRINTER = "handoff の中のフォルダーを、そのまま印刷会社へお渡しください。"


def run_order(shop: Shop, work: Callable[[Bar], OrderReport], next_step: str = _TO_THE_PRINTER) -> Answer:
    """Run a job on an order and tell its outcome; cut off by Ctrl-C, how to go on."""
    try:
        with Bar(shop.seconds) as bar:
            report = work(bar)
    except KeyboardInterrupt:
        return interrupted(shop.out)
    return of_order(report, lambda document: shop.layout(document).title, next_step)


def day_of(text: str, option: str) -> date | None:
    """The day that an option says; None where it says none. UsageError where it is no day."""
    if not text:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(Problem("usage-bad-day", option, {"text": text[:20]})) from None
