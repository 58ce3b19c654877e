"""The YAML loader: what is written is what is meant, and no input ends in anything but a problem with its place."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.base.problems import LayoutError, SheetError
from pipeline.craft.yamlfile import MOST_BYTES, load, parse


def value(text: str) -> Any:
    return parse(text.encode(), "a.yaml").value


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("2.50", 2.5),
        ("-0.5", -0.5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0123", "0123"),
        ("01999994", "01999994"),
        ("00000005", "00000005"),
        ("1_000", "1_000"),
        ("12:30", "12:30"),
        ("1e5", "1e5"),
        (".5", ".5"),
        ("5.", "5."),
        ("+5", "+5"),
        ("0x1F", "0x1F"),
        ("１２", "１２"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("NULL", "NULL"),
        ("2024-12-02", "2024-12-02"),
        ("3mm", "3mm"),
        ('"12"', "12"),
        ("'true'", "true"),
        ("神", "神"),  # a compatibility ideograph stays what it is
        ("9" * 40, "9" * 40),
    ],
)
def test_a_plain_scalar_is_text_unless_it_is_plainly_something_else(written: str, meant: Any) -> None:
    found = value(f"a: {written}\n")["a"]
    assert (found, type(found)) == (meant, type(meant))


def test_keys_are_always_text() -> None:
    assert value("no: 1\n1: 2\nnull: 3\n") == {"no": 1, "1": 2, "null": 3}


def test_collections_and_their_places() -> None:
    source = parse(b"a:\n  b: [1, {c: x}]\nd: |\n  two\n  lines\n", "layout.yaml")
    assert source.value == {"a": {"b": [1, {"c": "x"}]}, "d": "two\nlines\n"}
    assert source.where(("a", "b", 1, "c")) == "layout.yaml:2:14"
    assert source.where(("a", "b", 1, "c"), key=True) == "layout.yaml:2:11"
    assert source.where(("a", "missing")) == "layout.yaml:2:3"
    assert source.where(("a", "some-branch", "b", 0)) == "layout.yaml:2:7"


def test_all_problems_of_a_file_at_once() -> None:
    with pytest.raises(LayoutError) as refused:
        parse(b"a: &x 1\na: !!int 2\nb: *x\n", "x.yaml")
    found = [(problem.code, problem.place) for problem in refused.value.problems]
    assert found == [
        ("yaml-anchor", "x.yaml:1:4"),
        ("yaml-double-key", "x.yaml:2:1"),
        ("yaml-tag", "x.yaml:2:4"),
        ("yaml-anchor", "x.yaml:3:4"),
    ]


def test_the_caller_chooses_who_acts(tmp_path: Path) -> None:
    with pytest.raises(SheetError):
        load(tmp_path / "none.yaml", SheetError)
    (tmp_path / "big.yaml").write_bytes(b"a" * (MOST_BYTES + 1))
    with pytest.raises(LayoutError) as refused:
        load(tmp_path / "big.yaml")
    assert refused.value.problems[0].code == "yaml-too-large"
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(tmp_path / "bom.yaml").value == {"a": 1}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "yaml-too-deep"),
        ("{a: " * 100_000, "yaml-too-deep"),
        ("- " * 100_000, "yaml-too-deep"),
        ("? " * 100_000, "yaml-key-not-text"),
        ("{" * 100_000, "yaml-key-not-text"),
        ("[1," * 20 + "*a" + "]" * 20, "yaml-anchor"),
        ("a: \ud800".encode("utf-8", "surrogatepass"), "yaml-not-utf8"),
        ('a: "\\ud800"', "yaml-bad-character"),
        ('a: "\\0"', "yaml-bad-character"),
        ('a: "\\U00110000"', "yaml-syntax"),
        ("a: \x00", "yaml-bad-character"),
        ("<<: {a: 1}\n<<: {a: 2}", "yaml-double-key"),
        ("%YAML 9.9\n---\na: 1", "yaml-syntax"),
    ],
    ids=range(13),
)
def test_hostile_files_are_problems(text: str | bytes, code: str) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(LayoutError) as refused:
        parse(content, "x.yaml")
    assert refused.value.problems[0].code == code


@given(st.one_of(st.binary(max_size=60), st.text(st.sampled_from("ab:- \n[]{},\"'&*!|>%@`?#\t0~\\x"), max_size=60)))
@example(b"a: \xf0\x9f")
def test_any_bytes_are_a_value_or_problems(content: bytes | str) -> None:
    raw = content if isinstance(content, bytes) else content.encode()
    try:
        source = parse(raw, "x.yaml")
    except LayoutError as refused:
        assert all(problem.message and problem.hint for problem in refused.problems)
    else:
        assert source.value is not None and source.where(()).startswith("x.yaml:")
