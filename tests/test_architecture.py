"""The house itself: floors, owners, names, sizes. What a reviewer would have to check by hand each time."""

import ast
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from pipeline.base.problems import catalogue
from pipeline.office import reference

ROOT = Path(__file__).parents[1]
PIPELINE = ROOT / "pipeline"
MODULES = sorted(PIPELINE.rglob("*.py"))
FLOORS = ("base", "model", "rules", "craft", "stages", "office")
BELOW = {
    "base": set(),
    "model": {"base"},
    "rules": {"base", "model"},
    "craft": {"base", "model"},
    "stages": {"base", "model", "rules", "craft"},
    "office": {"base", "model", "rules", "craft", "stages"},
}

# Outside library (as imported) → the files that may import it, relative to pipeline/; a folder ends with a stroke.
PATTERN = [
    f"craft/{module}.py"
    for module in ("pantograph", "screens", "channel", "copiers", "camouflage", "relief", "wedges", "calibration", "scans")
]
PATTERN += ["office/copies.py", "office/scan_files.py"]
MAKER = {
    "weasyprint": ["craft/typesetter.py"],
    "qrcode": ["craft/qr.py", "craft/qr_tables.py"],
    "numpy": ["craft/qr.py", "craft/qr_tables.py", "craft/qr_penalty.py", "craft/outlines.py", *PATTERN],
    "uharfbuzz": ["craft/typefaces.py", "craft/outlines.py"],
    "pypdf": ["craft/pdf/"],
    "deflate": ["craft/pdf/", "craft/ink.py"],
    "jinja2": ["craft/artwork.py", "office/"],
}
# preflight and its parts: one stage in several files.
CHECKING = ["stages/preflight.py", "stages/preflight/", "stages/checking/"]
CHECKER = dict.fromkeys(("pikepdf", "zxingcpp", "fontTools"), CHECKING)
# Pictures are for people: made from finished pages by the checker's eyes, never to make ink. Scans come in by them too.
PICTURES = ["office/pictures.py", "office/copies.py", "office/scan_files.py"]
CHECKER |= {library: [*CHECKING, *PICTURES] for library in ("pypdfium2", "PIL")}
OTHERS = {
    "yaml": ["craft/yamlfile.py"],
    "pydantic": ["model/", "craft/spec_faults.py", "office/reference.py"],
    "pydantic_core": ["model/"],
    "python_calamine": ["craft/tables.py"],
    "pyzipper": ["craft/locked_archive.py"],
    "sqlalchemy": ["office/"],
    "alembic": ["office/ledger_upgrade.py", "office/migrations/"],
    "cryptography": ["craft/certificates.py", "craft/envelope.py", "craft/signing.py", "office/notary.py", "office/vault.py"],
    "typer": ["office/"],
    "click": ["office/"],
    "rich": ["office/"],
    "fastapi": ["office/web.py", "office/preview/server.py", "office/desk/"],
    "uvicorn": ["office/web.py"],
    "starlette": ["office/desk/app.py"],  # fastapi gives its own exception another class
    "joserfc": ["office/desk/oidc.py"],
    "argon2": ["office/desk/passwords.py"],
    "watchfiles": ["office/preview/server.py"],
}
OWNERS = MAKER | CHECKER | OTHERS
STANDARD = set(__import__("sys").stdlib_module_names)

NO_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "service", "services", "data", "process", "common"}
MOST_LINES = 300


def name(path: Path) -> str:
    return path.relative_to(PIPELINE).as_posix()


def floor(path: Path) -> str:
    parts = path.relative_to(PIPELINE).parts
    return parts[0] if len(parts) > 1 else ""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


@cache
def imports(path: Path) -> frozenset[str]:
    """Dotted names of everything a file imports, wherever in it the import stands."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)}: relative import"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module in _PACKAGES else {module}
    return frozenset(found)


_PACKAGES = {"pipeline", *(f"pipeline.{part}" for part in FLOORS)}


def ours(path: Path) -> set[str]:
    return {dotted for dotted in imports(path) if dotted.split(".")[0] == "pipeline"}


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_imports_go_only_downwards(path: Path) -> None:
    if not floor(path):
        return
    for dotted in ours(path):
        other = dotted.split(".")[1]
        assert other not in FLOORS or other == floor(path) or other in BELOW[floor(path)], f"{name(path)} imports {dotted}"


@pytest.mark.parametrize("path", [path for path in MODULES if floor(path) == "stages"], ids=name)
def test_no_stage_imports_a_stage(path: Path) -> None:
    own = path.relative_to(PIPELINE / "stages").parts[0].removesuffix(".py")
    same = {"preflight", "checking"} if own in ("preflight", "checking") else {own}
    others = {dotted for dotted in ours(path) if dotted.startswith("pipeline.stages.")}
    assert {dotted for dotted in others if dotted.split(".")[2] not in same} == set()


def test_the_checker_shares_nothing_with_the_maker() -> None:
    """preflight imports model and base only, and reads with libraries that write nothing here."""
    checker = [path for path in MODULES if any(_owns(owner, name(path)) for owner in CHECKING)]
    assert checker, "there is no preflight"
    for path in checker:
        allowed = ("pipeline.base", "pipeline.model", "pipeline.stages.preflight", "pipeline.stages.checking")
        assert all(dotted.startswith(allowed) for dotted in ours(path)), name(path)
        outside = {dotted.split(".")[0] for dotted in imports(path)} - STANDARD - {"pipeline"}
        assert outside <= set(CHECKER), f"{name(path)} uses {outside - set(CHECKER)}"
    assert not set(MAKER) & set(CHECKER)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_an_outside_library_has_its_owner(path: Path) -> None:
    for library in {dotted.split(".")[0] for dotted in imports(path)} - STANDARD - {"pipeline"}:
        assert library in OWNERS, f"{library} has no owner"
        assert any(_owns(owner, name(path)) for owner in OWNERS[library]), f"{name(path)} must not import {library}"


def _owns(owner: str, file: str) -> bool:
    return file.startswith(owner) if owner.endswith("/") else file == owner


def test_no_python_file_names_a_document() -> None:
    documents = [path.parent.name for path in ROOT.glob("layouts/documents/*/layout.yaml")]
    assert documents
    words = re.compile("|".join(rf"\b{name}\b|\b{name.replace('-', '_')}\b" for name in documents))
    assert [name(path) for path in MODULES if words.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", [*MODULES, *sorted((ROOT / "tests").rglob("*.py"))], ids=lambda path: path.stem)
def test_a_file_is_short_and_well_named(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= MOST_LINES
    assert not {step.removesuffix(".py") for step in path.relative_to(ROOT).parts} & NO_NAMES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_what_is_public_is_explained(path: Path) -> None:
    assert ast.get_docstring(tree(path)) or not path.read_text("utf-8").strip()
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name(path)}: {node.name} has no docstring"


# Problem codes: in the catalogue, in the code, and with the smallest wrong input.

_CODE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@cache
def strings() -> frozenset[str]:
    """Every text constant of the code that could be a problem code."""
    found = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CODE.fullmatch(node.value):
                found.add(node.value)
    return frozenset(found)


def raised() -> set[str]:
    """The codes that stand where a Problem is made."""
    found: set[str] = set()
    for path in MODULES:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Problem" and node.args:
                chosen = node.args[0]
                parts = [chosen.body, chosen.orelse] if isinstance(chosen, ast.IfExp) else [chosen]
                found |= {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    return found


def beginnings() -> tuple[str, ...]:
    """What codes begin with that are put together, as in `f"member-bad-{fault}"`."""
    joined = [node for path in MODULES for node in ast.walk(tree(path)) if isinstance(node, ast.JoinedStr)]
    first = [node.values[0].value for node in joined if node.values and isinstance(node.values[0], ast.Constant)]
    return tuple(text for text in first if isinstance(text, str) and re.fullmatch(r"[a-z]+(-[a-z]+)*-", text))


def test_every_code_has_its_message_and_every_message_its_code() -> None:
    assert raised() - set(catalogue()) == set()
    assert {code for code in catalogue() if code not in strings() and not code.startswith(beginnings())} == set()


@cache
def told_by_tests() -> str:
    """The text of all tests but this one: a code of a state (ledger, disk, finished file) is shown by one of them."""
    tests = (path for path in sorted((ROOT / "tests").glob("*.py")) if path.name != Path(__file__).name)
    return "".join(path.read_text("utf-8") for path in tests)


@pytest.mark.parametrize("code", catalogue())
def test_every_code_has_the_smallest_wrong_input_or_a_test(code: str) -> None:
    expected = ROOT / "fixtures" / "broken" / code / "expected.toml"
    if expected.exists():
        assert tomllib.loads(expected.read_text("utf-8"))["code"] == code
    else:
        assert f'"{code}"' in told_by_tests(), "neither a folder in fixtures/broken nor a test"


def test_every_wrong_input_has_its_code() -> None:
    folders = {path.name for path in (ROOT / "fixtures" / "broken").iterdir() if path.is_dir()}
    assert folders - set(catalogue()) == set()


def test_reference_pages_are_fresh() -> None:
    assert reference.stale() == [], "run `make docs`"


def test_nothing_names_a_machine() -> None:
    """No path of somebody's machine and no package host in what is kept."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    words = re.compile(
        "|".join(("/" + "work/", "/" + "home/", "/" + "tmp/", "/" + "root/", "py" + "pi\\.", "python" + "hosted"))
    )
    found = []
    for file in filter(None, listed.split("\0")):
        path = ROOT / file
        if path.suffix in (".ttf", ".xlsx", ".png", ".pdf") or not path.is_file():
            continue
        if words.search(path.read_text("utf-8", errors="replace")):
            found.append(file)
    assert found == []


def test_the_lock_is_whole() -> None:
    """Every package pinned and hashed; what pyproject.toml asks for is what is locked."""
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = dict(re.findall(r"^([A-Za-z0-9_.-]+)==(\S+) \\\n    --hash=sha256:[0-9a-f]{64}", lock, re.MULTILINE))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = dict(one.split("==") for one in project["dependencies"] + project["optional-dependencies"]["dev"])
    assert len(locked) == len(re.findall(r"^[A-Za-z]", lock, re.MULTILINE))
    assert {key.lower(): value for key, value in wanted.items()}.items() <= locked.items()
