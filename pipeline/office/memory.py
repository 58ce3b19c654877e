"""How a process of the press keeps house with its memory."""

import gc

_COLLECT_AFTER = 50_000  # new values that may hold others; Python's own figure is 700


def spare_collections() -> None:
    """Let Python look for cycles seldom: an order makes millions of small values and hardly any cycle."""
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 50, 50)
