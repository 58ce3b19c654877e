"""YAML files of designers: what is written is what is meant; every problem has its line and column. Owner of `yaml`.

The pure-Python parser is used, and only its events: libyaml's C parser ends the whole process on deep nesting, and the
usual loaders keep the last of two equal keys, turn `0123` into 83, `12:30` into 750 and `no` into False. Here only
`true`, `false`, `null`, `~` and plain decimal numbers without leading zeros are anything but text; a date stays text
until the model reads it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipeline.base.problems import LayoutError, Problem, ShikakuError

MOST_BYTES = 1 << 20
MOST_NODES = 20_000
MOST_DEPTH = 32

Location = tuple[str | int, ...]
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?", re.ASCII)
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")  # also by escapes such as "\\0"


class Spot(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file's value and where each part of it stands. `name` is what a place calls the file."""

    name: str
    value: Any
    values: Mapping[Location, Spot] = field(default_factory=dict)
    keys: Mapping[Location, Spot] = field(default_factory=dict)

    def where(self, location: Iterable[str | int], key: bool = False) -> str:
        """The place of a value (with `key`, of its key): `layout.yaml:12:5`.

        Steps that the file does not have are passed over, so that a missing key's place is that of its mapping.
        """
        known: Location = ()
        for step in location:
            if (*known, step) in self.values:
                known = (*known, step)
        spot = (self.keys if key and known in self.keys else self.values).get(known, Spot(1, 1))
        return f"{self.name}:{spot.line}:{spot.column}"

    def holds(self, location: Location) -> bool:
        """Whether the file has a value there."""
        return location in self.values


def load(path: Path, fault: type[ShikakuError] = LayoutError, name: str = "") -> Source:
    """Read a YAML file. `name` stands in the places (default: the file's name).

    Raises `fault` with all problems: unreadable, too large, not UTF-8, syntax, double keys, anchors, tags, too deep.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise fault(Problem("yaml-unreadable", name, {"fault": error.strerror or "?"})) from None
    return parse(content, name, fault)


def parse(content: bytes, name: str, fault: type[ShikakuError] = LayoutError) -> Source:
    """The same for the bytes of a file; the same bytes are read once, so nobody changes what a source holds."""
    found = _read(content, name)
    if isinstance(found, Source):
        return found
    raise fault(found)


@lru_cache(maxsize=64)
def _read(content: bytes, name: str) -> Source | tuple[Problem, ...]:
    if len(content) > MOST_BYTES:
        return (Problem("yaml-too-large", name, {"most": MOST_BYTES // 1024}),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return (Problem("yaml-not-utf8", f"{name}:{line}", {"line": line}),)
    reader = _Reader(name)
    try:
        reader.read(text)
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        spot = Spot(before.count("\n") + 1, len(before) - before.rfind("\n"))
        reader.fault("yaml-bad-character", spot, character=_code(error.character))
    except yaml.MarkedYAMLError as error:
        reader.syntax(error)
    except ValueError as error:  # an escape beyond Unicode: the parser has no mark for it
        reader.fault("yaml-syntax", reader.last, reason=str(error))
    except _TooMuchError:
        pass
    if reader.problems:
        return tuple(reader.problems)
    return Source(name, reader.value, reader.values, reader.keys)


class _TooMuchError(Exception):
    """The file is beyond its limits; reading stops."""


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is still being read; `key` is the mapping's key that waits for its value."""

    made: dict[str, Any] | list[Any]
    location: Location
    key: str | None = None
    seen: dict[str, Spot] = field(default_factory=dict)


class _Reader:
    """Builds the value from the parser's events with a stack of its own, so that nesting never becomes recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.value: Any = None
        self.values: dict[Location, Spot] = {}
        self.keys: dict[Location, Spot] = {}
        self.problems: list[Problem] = []
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0
        self.last = Spot(1, 1)

    def fault(self, code: str, spot: Spot, **values: Any) -> None:
        self.problems.append(Problem(code, f"{self.name}:{spot.line}:{spot.column}", values))

    def syntax(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        spot = _spot(mark) if mark else Spot(1, 1)
        reason = " ".join(str(part) for part in (error.context, error.problem) if part)
        if "'\\t'" in reason:
            self.fault("yaml-tab", spot)
        else:
            self.fault("yaml-syntax", spot, reason=reason)

    def read(self, text: str) -> None:
        for event in _events(text):
            self.last = _spot(event.end_mark)
            if isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents == 2:
                    self.fault("yaml-two-documents", _spot(event.start_mark))
                    return
            elif isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._stack.pop()
        if not self.problems and self.value is None:
            self.fault("yaml-empty", Spot(1, 1))

    def _node(self, event: yaml.NodeEvent) -> None:
        spot = _spot(event.start_mark)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self.fault("yaml-too-many", spot, most=MOST_NODES)
            raise _TooMuchError
        if event.anchor is not None:
            self.fault("yaml-anchor", spot)
        if getattr(event, "tag", None) is not None:
            self.fault("yaml-tag", spot)
        if isinstance(event, yaml.ScalarEvent) and (bad := _UNPRINTABLE.search(event.value)):
            self.fault("yaml-bad-character", spot, character=_code(bad[0]))
        parent = self._stack[-1] if self._stack else None
        if parent is not None and isinstance(parent.made, dict) and parent.key is None:
            self._key(event, parent, spot)
            return
        if isinstance(event, yaml.ScalarEvent):
            self._place(_scalar(event), parent, spot)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open(_Open({}, self._place({}, parent, spot)), spot)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open(_Open([], self._place([], parent, spot)), spot)
        else:  # an alias, refused above; its place is kept so that the rest is still read
            self._place(None, parent, spot)

    def _key(self, event: yaml.NodeEvent, parent: _Open, spot: Spot) -> None:
        key = event.value if isinstance(event, yaml.ScalarEvent) else ""
        if not isinstance(event, yaml.ScalarEvent):
            self.fault("yaml-key-not-text", spot)
            if isinstance(event, yaml.CollectionStartEvent):
                raise _TooMuchError
        elif key in parent.seen:
            self.fault("yaml-double-key", spot, key=key[:60], line=parent.seen[key].line)
        parent.key = key
        parent.seen.setdefault(key, spot)
        self.keys.setdefault((*parent.location, key), spot)

    def _place(self, value: Any, parent: _Open | None, spot: Spot) -> Location:
        """Put a scalar, or the empty start of a collection, where it belongs; return its location."""
        location: Location = ()
        if parent is None:
            self.value = value
        elif isinstance(parent.made, dict):
            assert parent.key is not None
            parent.made[parent.key] = value
            location = (*parent.location, parent.key)
            parent.key = None
        else:
            location = (*parent.location, len(parent.made))
            parent.made.append(value)
        self.values[location] = spot
        return location

    def _open(self, opened: _Open, spot: Spot) -> None:
        if len(self._stack) >= MOST_DEPTH:
            self.fault("yaml-too-deep", spot, most=MOST_DEPTH)
            raise _TooMuchError
        parent = self._stack[-1] if self._stack else None
        if parent is None:
            self.value = opened.made
        elif isinstance(parent.made, dict):
            parent.made[str(opened.location[-1])] = opened.made
        else:
            parent.made[-1] = opened.made
        self._stack.append(opened)


def _events(text: str) -> Iterator[yaml.Event]:
    events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.SafeLoader)
    return events


def _code(character: str | int | bytes) -> str:
    number = character if isinstance(character, int) else ord(character[:1])
    return f"U+{number:04X}"


def _spot(mark: Any) -> Spot:
    return Spot(mark.line + 1, mark.column + 1)


def _scalar(event: yaml.ScalarEvent) -> Any:
    """A quoted or block scalar is text; a plain one may be true, false, null or a plain decimal number."""
    text: str = event.value
    if event.style is not None:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if found := _NUMBER.fullmatch(text):
        return float(text) if found[2] else int(text)
    return text
