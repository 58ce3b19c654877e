"""What a strict model says against a YAML file becomes problems with line and column. Uses `pydantic`'s error list."""

from collections.abc import Mapping
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from pipeline.base.problems import LayoutError, Problem, ShikakuError
from pipeline.craft.yamlfile import Location, Source

Model = TypeVar("Model", bound=BaseModel)

# What a value should have been, as a designer would write it.
_WANTED = {
    "string": '"…"',
    "int": "12",
    "float": "12.5",
    "bool": "true / false",
    "date": "2026-04-01",
    "tuple": "[ …, … ]",
    "dict": "{ key: value }",
    "model": "{ key: value }",
    "mapping": "{ key: value }",
}
_LIMITS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


def validate(model: type[Model], source: Source, fault: type[ShikakuError] = LayoutError) -> Model:
    """The file's value as a model; raises `fault` with every problem, each at its line and column."""
    if not isinstance(source.value, dict):
        raise fault(Problem("spec-not-a-mapping", source.where(())))
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        found = _without_branches(error.errors(include_url=False), source)
        problems = [_problem(model, source, location, one) for location, one in found]
        raise fault(sorted(problems, key=_by_line)) from None


def near(name: str, known: Any) -> str:
    """The known name that looks most like `name`, or all of them: what to suggest after a slip of the hand."""
    names = sorted(map(str, known))
    return "、".join(get_close_matches(name, names, n=1) or names)


def _by_line(problem: Problem) -> tuple[int, ...]:
    return tuple(int(part) for part in problem.place.rsplit(":", 2)[1:])


def _without_branches(errors: Any, source: Source) -> list[tuple[Location, Any]]:
    """Errors with the file's own steps only; one error where all branches of a union complain about the same value."""
    found: dict[tuple[Location, str], Any] = {}
    for error in errors:
        missing = error["type"] == "missing"
        steps = error["loc"][:-1] if missing else error["loc"]
        location = _known(steps, source)
        if len(location) < len(steps):
            error = error | {"type": "union"}
        elif missing:
            location = (*location, error["loc"][-1])
        found.setdefault((location, error["type"]), error)
    # A list whose entries are wrong counts as too short as well: once told is enough.
    above = {location[:depth] for location, _ in found for depth in range(len(location))}
    return [(at, error) for (at, kind), error in found.items() if kind != "too_short" or at not in above]


def _known(steps: Any, source: Source) -> Location:
    known: Location = ()
    for step in steps:
        if source.holds((*known, step)):
            known = (*known, step)
    return known


def _problem(model: type[BaseModel], source: Source, location: Location, error: Mapping[str, Any]) -> Problem:
    kind, context = error["type"], error.get("ctx", {})
    at, key, given = source.where(location), _name(location), _shown(error.get("input"))
    if kind == "extra_forbidden":
        known = near(key, _keys(model, location[:-1]))
        return Problem("spec-unknown-key", source.where(location, key=True), {"key": key[:60], "known": known})
    if kind == "missing" and isinstance(location[-1], int):
        return Problem("spec-too-few", at, {"key": _name(location[:-1]), "least": location[-1] + 1})
    if kind == "missing":
        return Problem("spec-missing-key", at, {"key": key})
    if kind == "value_error" and " unit" in str(context.get("error", "")):
        return Problem("spec-not-a-length", at, {"key": key, "given": given})
    if kind == "literal_error":
        known = str(context["expected"]).replace("'", "").replace(" or ", "、").replace(", ", "、")
        return Problem("spec-unknown-value", at, {"key": key, "given": given, "known": known})
    if kind == "string_pattern_mismatch":
        return Problem("spec-wrong-form", at, {"key": key, "given": given, "form": context["pattern"]})
    if kind == "too_short":
        return Problem("spec-too-few", at, {"key": key, "least": context["min_length"]})
    if kind == "too_long":
        return Problem("spec-too-many", at, {"key": key, "most": context["max_length"]})
    if limits := [f"{sign} {context[name]:g}" for name, sign in _LIMITS.items() if name in context]:
        return Problem("spec-out-of-range", at, {"key": key, "given": given, "limit": limits[0]})
    wanted = '"…" / [ …, … ]' if kind == "union" else _WANTED.get(kind.split("_")[0], kind)
    return Problem("spec-wrong-type", at, {"key": key, "given": given, "wanted": wanted})


def _name(location: Location) -> str:
    """What a designer calls a value: its key, or its list's key and its place in the list."""
    if not location:
        return ""
    return f"{_name(location[:-1])}[{location[-1]}]" if isinstance(location[-1], int) else location[-1]


def _shown(value: Any) -> str:
    """A designer's value as it may be written; a long one would hide the message."""
    if isinstance(value, dict | list):
        return "{ … }" if isinstance(value, dict) else "[ … ]"
    text = {None: "null", "True": "true", "False": "false"}.get(value if value is None else str(value), str(value))
    return text if len(text) <= 40 else text[:40] + "…"


def _keys(model: Any, location: Location) -> list[str]:
    """The keys that the model has at a location."""
    kind: Any = model
    for step in location:
        kind = _step(kind, step)
    kind = _bare(kind)
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _step(kind: Any, step: str | int) -> Any:
    kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        spec = kind.model_fields.get(str(step))
        return spec.annotation if spec else None
    arguments = get_args(kind)
    if not arguments:
        return None
    return arguments[1] if get_origin(kind) is dict else arguments[0]


def _bare(kind: Any) -> Any:
    """Without Annotated, and of a union the part that has parts of its own."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        parts = [_bare(part) for part in get_args(kind)]
        return next((part for part in parts if get_args(part) or hasattr(part, "model_fields")), None)
    return kind
