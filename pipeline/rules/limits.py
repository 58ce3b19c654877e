"""限度額: the 限度額適用認定証, and a certificate's optional items (任意記載事項), which stand there at the member's wish only.

Sources: S001 (on application; not needed with マイナ保険証), sources §1.2 (the insurer selects the items, the member wishes; an
unset one is shown as ＊), §10 (classes by age).
"""

from dataclasses import dataclass
from datetime import date

from pipeline.model.member import Member
from pipeline.rules.policies import yes_or_no
from pipeline.rules.seventy import elderly_from
from pipeline.rules.verdicts import Verdict, hold, issue, skip

CLASSES = ("ア", "イ", "ウ", "エ", "オ")  # below 70
ELDERLY_CLASSES = ("現役並みⅠ", "現役並みⅡ", "低所得Ⅰ", "低所得Ⅱ")  # from the month of the 高齢受給者証
BLANK_MARK = "＊"  # an empty field must not read as "none" (sources §9 row 23)
ITEMS = ("限度額区分", "特定疾病")  # what 任意記載希望 may name
ALL_ITEMS = "有"

_NO_CLASS = skip("no-limit-class")
_NOT_APPLIED = skip("limit-not-applied")
_ONLINE = skip("limit-online")
_APPLIED = issue("limit-applied")
_UNKNOWN = hold("limit-class-unknown")
_WRONG_AGE = hold("limit-class-age")


def wished(member: Member) -> frozenset[str]:
    """The optional items that the member wishes to see: 有 for all, else their names, divided by 、 or a blank (OURS)."""
    if member.optional_items == ALL_ITEMS:
        return frozenset(ITEMS)
    return frozenset(member.optional_items.replace("、", " ").replace("\u3000", " ").split()) & frozenset(ITEMS)


def shown_limit_class(member: Member) -> str:
    """限度額の適用区分 as a certificate shows it: only at the member's wish, else ＊ (sources §1.2)."""
    return member.limit_class if member.limit_class and ITEMS[0] in wished(member) else BLANK_MARK


def shown_special_disease(member: Member) -> str:
    """特定疾病 as a certificate shows it, the insurer's symbol and never the disease's name: at the wish only, else ＊."""
    return member.special_disease if member.special_disease and ITEMS[1] in wished(member) else BLANK_MARK


@dataclass(frozen=True)
class LimitApplied:
    """限度額適用認定証: only on application and with a class that suits the age; not for who needs none, unless
    `always` (S001; sources §13 F57)."""

    always: bool = False

    def __post_init__(self) -> None:
        yes_or_no("always", self.always)

    def verdict(self, member: Member, day: date) -> Verdict:
        chosen = member.limit_class
        if not chosen:
            return _NO_CLASS
        if chosen not in CLASSES + ELDERLY_CLASSES:
            return _UNKNOWN
        if (chosen in ELDERLY_CLASSES) != (day >= elderly_from(member.birth)):
            return _WRONG_AGE
        if member.applied != "有":
            return _NOT_APPLIED
        if member.has_card == "有" and not self.always:
            return _ONLINE
        return _APPLIED
