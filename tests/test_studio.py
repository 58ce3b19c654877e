"""The studio: what a saved file touches is made again and nothing else, and the print is the one of production."""

import json
import shutil
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from pipeline.base.problems import LayoutError, UsageError
from pipeline.craft import typesetter
from pipeline.office import cli, job, schemas
from pipeline.office.lint import lint
from pipeline.office.proof import proof
from pipeline.office.shop import Shop
from tests import designer, orders

DAY = date.fromisoformat(designer.DAY)
SHOP, ISSUER, PLASTIC = designer.SHOP, designer.ISSUER, designer.PLASTIC
BENT = "layouts/documents"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return orders.project(tmp_path_factory.mktemp("home"))


@pytest.fixture
def studio(home: Path) -> job.Studio:
    made = job.Studio(home, DAY)
    made.take_up(PLASTIC, ISSUER)
    return made


@pytest.fixture
def pages_set(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML of every page that WeasyPrint sets from now on."""
    found: list[str] = []
    real = typesetter.set_page

    def counted(html: str, *words: Any) -> bytes:
        found.append(html)
        return real(html, *words)

    monkeypatch.setattr(typesetter, "set_page", counted)
    return found


def changed(studio: job.Studio, name: str, old: str, new: str) -> list[str]:
    """Change a file of the project once."""
    path = studio.root / name
    text = path.read_text("utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new, 1), "utf-8")
    return studio.forget([path])


def test_data_alone_starts_no_typesetter(studio: job.Studio, pages_set: list[str]) -> None:
    before = studio.piece(PLASTIC, ISSUER)
    assert changed(studio, "fixtures/samples.yaml", "見本　太郎", "見本　五郎") == ["samples.yaml"]
    sampled = studio.piece(PLASTIC, ISSUER)
    assert sampled.digest != before.digest
    name = f"{BENT}/{PLASTIC}/layout.yaml"
    assert changed(studio, name, "required: true}", "required: false}") == [f"documents/{PLASTIC}/layout.yaml"]
    studio.piece(PLASTIC, ISSUER)
    assert pages_set == []
    changed(studio, "fixtures/samples.yaml", "見本　五郎", "見本　太郎")
    changed(studio, name, "required: false}", "required: true}")
    assert studio.piece(PLASTIC, ISSUER).pdf == before.pdf


def test_only_the_changed_side_is_set_again(studio: job.Studio, pages_set: list[str]) -> None:
    before = studio.piece(PLASTIC, ISSUER)
    leaf = SHOP.layout(PLASTIC).leaves[0]
    assert leaf.back
    changed(studio, f"{BENT}/{PLASTIC}/{leaf.back.artwork}", "</style>", ".new { color: red }</style>")
    after = studio.piece(PLASTIC, ISSUER)
    assert len(pages_set) == 1 and ".new" in pages_set[0]
    assert after.pages[0].digest == before.pages[0].digest
    changed(studio, f"{BENT}/{PLASTIC}/{leaf.back.artwork}", ".new { color: red }</style>", "</style>")


def test_what_is_kept_is_what_would_be_made_anew(studio: job.Studio) -> None:
    """After changes and changes back, the warm studio's print is that of one that has just begun."""
    changed(studio, f"layouts/issuers/{ISSUER}.yaml", "theme:", "theme:\n  unused: [1, 2, 3, 4]")
    warm = studio.piece(PLASTIC, ISSUER, "longest")
    assert warm.pdf == job.Studio(studio.root, DAY).piece(PLASTIC, ISSUER, "longest").pdf
    changed(studio, f"layouts/issuers/{ISSUER}.yaml", "theme:\n  unused: [1, 2, 3, 4]", "theme:")


def test_the_print_is_that_of_production(studio: job.Studio) -> None:
    """On the office printer's sheet, what the studio shows is what a proof prints, but for 見本 across it."""
    design = SHOP.issuer(ISSUER).documents[PLASTIC].office_sheet
    made = studio.sheet(PLASTIC, ISSUER, "typical", design)
    proved = proof(PLASTIC, ISSUER, "typical", DAY, SHOP)
    ours, theirs = (job.page_picture(pdf, 0, 60) for pdf in (made.pdf, proved.pdf))
    _, share = job.differences(ours, theirs)
    assert ours.size == theirs.size and 0 < share < 0.05, "the word across it"


def test_everything_can_be_looked_at(studio: job.Studio) -> None:
    found = studio.catalogue()
    assert found.problems == () and {one.id for one in found.entries} == set(SHOP.documents())
    assert set(found.samples) >= {"typical", "longest", "rare", "foreign", "dependant", "over70", "unlinked"}
    assert {name for name, _ in found.sheets} == set(SHOP.sheets())
    for entry in found.entries:
        made = studio.piece(entry.id, (entry.issuers or (ISSUER,))[0])
        layout = SHOP.layout(entry.id)
        sides = sum(2 if leaf.back else 1 for leaf in layout.leaves)
        assert len(made.pages) % sides == 0 and made.pages[0].width == layout.page.width + 2 * layout.page.bleed
        kinds = {over.kind for page in made.pages for over in page.overlays}
        assert kinds >= {"trim", "bleed", "safe"} and ("field" in kinds) == any(
            side.places or side.codes or side.seals for leaf in layout.leaves for side in (leaf.front, leaf.back) if side
        )


def test_overlays_stand_where_the_ink_is(studio: job.Studio) -> None:
    spec = SHOP.layout(PLASTIC).leaves[0].front
    over = studio.piece(PLASTIC, ISSUER).pages[0].overlays
    bleed = SHOP.layout(PLASTIC).page.bleed
    name = next(one for one in over if one.label == SHOP.layout(PLASTIC).terms["name"])
    box = spec.fields["name"].box.box
    assert name.box == box._replace(left=box.left + bleed, top=box.top + bleed)
    first = SHOP.layout(PLASTIC).styles[spec.fields["name"].style].fit[0]
    assert any(one.kind == "baseline" and one.box.top == name.box.top + first.baseline for one in over)
    (code,) = spec.codes.values()
    (quiet,) = [one.box for one in over if one.kind == "quiet"]
    assert quiet.width - code.box.width >= 2 * code.quiet * code.module


def test_an_unknown_sample_or_layout_is_a_problem(studio: job.Studio) -> None:
    with pytest.raises(UsageError) as refused:
        studio.piece(PLASTIC, ISSUER, "nobody")
    assert refused.value.problems[0].code == "proof-unknown-sample"
    with pytest.raises(LayoutError):
        studio.piece("nothing", ISSUER)


def test_a_new_document_type_is_valid_and_shown(tmp_path: Path) -> None:
    from pipeline.office.beginning import begin_document

    home = orders.project(tmp_path)
    folder = begin_document("room-notice", "会場のお知らせ", Shop(root=home))
    checked, faults = lint([folder], Shop(root=home))
    assert checked and faults == []
    studio = job.Studio(home, DAY)
    assert next(one for one in studio.catalogue().entries if one.id == "room-notice").issuers == ()
    for sample in studio.catalogue().samples:
        assert studio.piece("room-notice", ISSUER, sample).pdf.startswith(b"%PDF")
    assert studio.sheet("room-notice", ISSUER, "typical").pages[0].width == 210_000
    told = {}
    for name, title in (("room-notice", "x"), ("Räume", "x"), ("../room", "x"), ("room", 'x": [y')):
        with pytest.raises(UsageError) as refused:
            begin_document(name, title, Shop(root=home))
        told[name] = refused.value.problems[0].code
    assert list(told.values()) == ["new-exists", "new-bad-name", "new-bad-name", "new-bad-title"]


def test_every_yaml_names_its_schema_in_its_first_line() -> None:
    seen = set()
    for path in [*orders.ROOT.glob("layouts/**/*.yaml"), *orders.ROOT.glob("f*/*.yaml")]:
        name = PurePosixPath(path.relative_to(orders.ROOT).as_posix())
        kind = schemas.schema_of(name)
        assert kind, name
        first = path.read_text("utf-8").splitlines()[0]
        assert first == schemas.first_line(name), "run `shikaku schema`"
        assert (path.parent / first.partition("$schema=")[2]).resolve() == orders.ROOT / schemas.FOLDER / kind
        seen.add(kind)
    assert seen == set(schemas.SCHEMAS)


def test_schemas_offer_the_names_that_are_checked(tmp_path: Path) -> None:
    shutil.copytree(orders.ROOT / schemas.FOLDER, tmp_path / schemas.FOLDER)
    assert schemas.stale(tmp_path) == []
    (tmp_path / schemas.FOLDER / "sheet.json").write_text("{}", "utf-8")
    assert schemas.stale(tmp_path) == ["sheet.json"]
    sheet = tmp_path / "layouts" / "sheets" / "a5.yaml"
    sheet.parent.mkdir()
    sheet.write_text("title: A5\n", "utf-8")
    made = schemas.write_schemas(Shop(root=tmp_path))
    assert [path.name for path in made] == [*schemas.SCHEMAS, "a5.yaml"]
    assert sheet.read_text("utf-8") == "# yaml-language-server: $schema=../schema/sheet.json\ntitle: A5\n"
    assert len(schemas.write_schemas(Shop(root=tmp_path))) == len(schemas.SCHEMAS)
    layout = json.loads((tmp_path / schemas.FOLDER / "layout.json").read_text("utf-8"))
    offered = layout["$defs"]["FieldSpec"]["properties"]["value"]["anyOf"]
    assert "member.name" in offered[0]["enum"] and "lot.name" in offered[0]["enum"]
    assert layout["$defs"]["BoxSpec"]["properties"]["left"]["pattern"].endswith("(um|Q|mm|cm|pt|in)$")
    assert layout["additionalProperties"] is False


def test_the_commands_say_what_they_made(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHIKAKU_HOME", str(orders.project(tmp_path)))
    assert cli.run(["new", "room-notice", "--title", "会場のお知らせ", "--json"]) == 0
    folder = Path(json.loads(capfd.readouterr().out)["folder"])
    assert (folder / "layout.yaml").read_text("utf-8").splitlines()[
        0
    ] == "# yaml-language-server: $schema=../../schema/layout.json"
    assert cli.run(["schema", "--json"]) == 0
    assert len(json.loads(capfd.readouterr().out)["files"]) == len(schemas.SCHEMAS)
    assert cli.run(["new", "room-notice", "--json"]) == 2
    assert json.loads(capfd.readouterr().out)["problems"][0]["code"] == "new-exists"
    assert cli.run(["preview", "nothing", "--no-open", "--json"]) == 3
    assert json.loads(capfd.readouterr().out)["problems"][0]["code"] == "layout-unknown"
