"""How an issuer prints what a member's record says: the policies for characters, for numbers and for addresses."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from pipeline.base.problems import LayoutError, Problem
from pipeline.model.issuer import Issuer, Policy
from pipeline.rules.addresses import ADDRESSES, AsDelivered
from pipeline.rules.characters import CHARACTERS, Keep
from pipeline.rules.numbers import NUMBERS, AsRegistered
from pipeline.rules.policies import choose


class Printing(NamedTuple):
    """An issuer's policies, ready to be asked."""

    characters: Keep = Keep()
    numbers: AsRegistered = AsRegistered()
    addresses: AsDelivered = AsDelivered()


# What each policy is about, for the pages of reference: key of the issuer's YAML → title and known policies.
TABLES: Mapping[str, tuple[str, Mapping[str, type[Any]]]] = {
    "characters": ("What becomes of a character that cannot or must not be printed (`characters`)", CHARACTERS),
    "numbers": ("How symbol and number are printed (`numbers`)", NUMBERS),
    "addresses": ("Which address may stand where (`addresses`)", ADDRESSES),
}


def compile_printing(issuer: Issuer) -> Printing:
    """The issuer's policies; LayoutError with every unknown one and every wrong setting at once."""
    found: dict[str, Any] = {}
    problems: list[Problem] = []
    for key, (_, table) in TABLES.items():
        policy: Policy = getattr(issuer, key)
        try:
            found[key] = choose(table, policy, key)
        except LayoutError as error:
            problems += error.problems
    if problems:
        raise LayoutError(problems)
    return Printing(**found)
