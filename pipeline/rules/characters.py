"""文字の方針: what becomes of a character of a member's texts that cannot, or by the issuer's rule must not, be printed.

Sources (§7): the old card had to have the very characters of the notification (keep). Since about 2021 many societies print
JIS levels 1 and 2 only, with a similar character, else the name in katakana, of foreigners in Latin letters (degrade,
kana); claims accept JIS X 0208, the medical institutions' software JIS X 0213. Never silent: every substitution is a
value that goes to the ledger and the office's list, and the record itself is never rewritten. The tables are the issuer's.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any, NamedTuple

from pipeline.model.columns import COLUMNS
from pipeline.model.document import Substitution
from pipeline.model.member import Member

COLUMNS_OF_TEXT = ("氏名", "通称名", "戸籍表記", "被保険者氏名", "事業所名称", "住所")
REPERTOIRES = ("typeface", "jis-x-0208", "jis-x-0213")
_FIELDS = {column: COLUMNS[column] for column in COLUMNS_OF_TEXT}
_NAME, _NOTE, _KANA = "氏名", "戸籍表記", "フリガナ"
# The same cells of JIS X 0208 as files in CP932 deliver them (＼～∥－￠￡￢ and the dash).
_TWINS = "＼～∥－￠￡￢―\u3000"
_PLAIN = "".join(map(chr, range(0x20, 0x7F)))
_SELECTOR = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_FOLLOWS = ("Mn", "Mc", "Me", "Cf")


class Changed(NamedTuple):
    """A member as it is printed, what was substituted, and the characters that nothing could be done about, by column."""

    member: Member
    substitutions: tuple[Substitution, ...] = ()
    left: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Keep:
    """Print every character as it was delivered; what no declared typeface has holds the record."""

    def prepare(self, member: Member) -> Changed:
        """The member before anything is set: what is outside the repertoire is substituted, or named in `left`."""
        return Changed(member)

    def rescue(self, member: Member, missing: Collection[str]) -> Changed | None:
        """The member without the characters that no typeface of a field has; None if they cannot all be helped."""
        return None

    @property
    def first_typeface_only(self) -> bool:
        """Whether a text must not be set in a later typeface of its field's chain."""
        return False


@dataclass(frozen=True)
class Degrade(Keep):
    """Substitute by `table` what no declared typeface of the field has or what is outside `repertoire`; by `always`, in any
    case. A variant is found with its selector, else, if `drop_selectors`, becomes its base. What no table has: `otherwise`
    hold or kana."""

    table: Mapping[str, str] = field(default_factory=dict)
    always: Mapping[str, str] = field(default_factory=dict)
    repertoire: str = "typeface"
    otherwise: str = "hold"
    drop_selectors: bool = False

    def __post_init__(self) -> None:
        _known("repertoire", self.repertoire, REPERTOIRES)
        _known("otherwise", self.otherwise, ("hold", "kana"))
        _known("drop_selectors", self.drop_selectors, (True, False))
        for name, table in (("table", self.table), ("always", self.always)):
            _check(name, table)
        if both := [
            key for table in (self.table, self.always) for to in table.values() for key in clusters(to) if self._to(key)
        ]:
            raise ValueError(f"U+{ord(both[0][0]):04X} is substituted and a substitute")

    def prepare(self, member: Member) -> Changed:
        """See Keep."""
        allowed = repertoire(self.repertoire)
        changed = _substitute(member, self.always, frozenset(self.always)) if self.always else Changed(member)
        if allowed is None:
            return changed
        texts = {column: getattr(changed.member, name) for column, name in _FIELDS.items()}
        outside = {cluster for text in texts.values() if not allowed.issuperset(text) for cluster in _outside(text, allowed)}
        if not outside:
            return changed
        settled = self._settle(changed.member, outside)
        return settled._replace(substitutions=changed.substitutions + settled.substitutions)

    def rescue(self, member: Member, missing: Collection[str]) -> Changed | None:
        """See Keep."""
        changed = self._settle(member, missing)
        return changed if changed.substitutions and not changed.left else None

    def _settle(self, member: Member, wanted: Collection[str]) -> Changed:
        table = {cluster: to for cluster in wanted if (to := self._to(cluster))}
        changed = _substitute(member, table, frozenset(wanted))
        return _spell(changed) if changed.left and self.otherwise == "kana" else changed

    def _to(self, cluster: str) -> str:
        found = self.table.get(cluster) or self.always.get(cluster)
        if not found and self.drop_selectors and _SELECTOR.search(cluster):
            base = _SELECTOR.sub("", cluster)
            found = self.table.get(base, base)
        return found or ""


@dataclass(frozen=True)
class Kana(Degrade):
    """Print the whole name in the katakana of its フリガナ if a character of it is not covered or outside `repertoire`; if the
    registered spelling (戸籍表記) is in Latin letters, in these."""

    otherwise: str = field(default="kana", init=False)


@dataclass(frozen=True)
class Refuse(Keep):
    """Hold every record with a character outside `repertoire`, whatever the typefaces have: jis-x-0208, jis-x-0213, or
    typeface, the first typeface of each field."""

    repertoire: str = "jis-x-0208"

    def __post_init__(self) -> None:
        _known("repertoire", self.repertoire, REPERTOIRES)

    def prepare(self, member: Member) -> Changed:
        """See Keep."""
        allowed = repertoire(self.repertoire)
        if allowed is None:
            return Changed(member)
        texts = ((column, getattr(member, name)) for column, name in _FIELDS.items())
        return Changed(member, (), tuple((column, one) for column, text in texts for one in _outside(text, allowed)))

    @property
    def first_typeface_only(self) -> bool:
        """See Keep."""
        return self.repertoire == "typeface"


CHARACTERS: Mapping[str, type[Keep]] = {"keep": Keep, "degrade": Degrade, "kana": Kana, "refuse": Refuse}


def clusters(text: str) -> list[str]:
    """A text as characters, each with the selectors and combining marks that follow it."""
    found: list[str] = []
    for char in text:
        if found and (_SELECTOR.match(char) or unicodedata.category(char) in _FOLLOWS):
            found[-1] += char
        else:
            found.append(char)
    return found


def code_points(text: str) -> str:
    """`U+9AD9`, or of a cluster `U+845B U+E0100`: how a character is named where no name may stand."""
    return " ".join(f"U+{ord(char):04X}" for char in text)


@cache
def repertoire(name: str) -> frozenset[str] | None:
    """The characters of JIS X 0208 or of JIS X 0213:2004, and ASCII; None for `typeface`."""
    if name == "typeface":
        return None
    codec, leads = ("shift_jis", "81-9f e0-ef") if name == "jis-x-0208" else ("shift_jis_2004", "81-9f e0-fc")
    ranges = [tuple(int(end, 16) for end in span.split("-")) for span in leads.split()]
    cells = (bytes((lead, trail)) for first, last in ranges for lead in range(first, last + 1) for trail in range(0x40, 0xFD))
    return frozenset("".join(_decode(cell, codec) for cell in cells) + _TWINS + _PLAIN)


def _decode(code: bytes, codec: str) -> str:
    try:
        return code.decode(codec)
    except UnicodeDecodeError:
        return ""


def _outside(text: str, allowed: frozenset[str]) -> list[str]:
    return [cluster for cluster in clusters(text) if not allowed.issuperset(cluster)]


def _substitute(member: Member, table: Mapping[str, str], wanted: frozenset[str]) -> Changed:
    """The member with `table` applied to all its texts; `left` has what of `wanted` the table does not have."""
    texts: dict[str, Any] = {}
    done: list[Substitution] = []
    left: list[tuple[str, str]] = []
    for column, name in _FIELDS.items():
        text = getattr(member, name)
        parts = clusters(text)
        if wanted.isdisjoint(parts):
            continue
        for cluster in dict.fromkeys(parts):
            if cluster in table:
                done.append(Substitution(column, code_points(cluster), code_points(table[cluster])))
            elif cluster in wanted:
                left.append((column, cluster))
        texts[name] = "".join(table.get(cluster, cluster) for cluster in parts)
    return Changed(replace(member, **texts) if done else member, tuple(done), tuple(left))


def _spell(changed: Changed) -> Changed:
    """The name in katakana, or as registered in Latin letters, if only the name has characters left to be helped.

    Whose フリガナ it is when there is an alias is not known, and the insured's is not in a dependant's record: these stay.
    """
    member = changed.member
    if any(column != _NAME for column, _ in changed.left) or member.alias_name:
        return changed
    latin = member.registered_note.isascii() and member.registered_note
    spelt = latin or member.kana
    if not spelt or spelt == member.name:
        return changed
    source = _NOTE if latin else _KANA
    done = [Substitution(_NAME, code_points(cluster), source) for _, cluster in changed.left]
    kept = tuple(one for one in changed.substitutions if one.column != _NAME)  # of the name nothing else is printed
    return Changed(replace(member, name=spelt), (*kept, *done))


def _known(name: str, value: object, known: Collection[object]) -> None:
    if value not in known:
        raise ValueError(f"{name}: {value!r} is none of {', '.join(map(str, known))}")


def _check(name: str, table: object) -> None:
    """ValueError unless a table maps single characters, with their selectors, to texts."""
    if not isinstance(table, Mapping):
        raise ValueError(f"{name}: not a table of characters")
    for key, to in table.items():
        if not isinstance(key, str) or len(clusters(key)) != 1 or not isinstance(to, str) or not to or key == to:
            raise ValueError(f"{name}: {key!r} → {to!r} is no character and its substitute")
