"""The web channel: one accessible PDF a member, read back by other libraries; what is planted in one is found."""

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pikepdf
import pytest

from pipeline.model.document import Document
from pipeline.office import job
from pipeline.office.materials import Materials, load
from pipeline.office.planning import serial
from pipeline.office.proof import sample_members
from pipeline.stages.checking.published import published
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill
from pipeline.stages.publish import page, publish
from tests import orders

DAY = date(2026, 4, 1)
SHOP = orders.shop(Path("unused"))
(WEB,) = (name for name in SHOP.issuer(orders.ISSUER).documents if SHOP.layout(name).web)


@pytest.fixture(scope="module")
def materials() -> Materials:
    SHOP.confine_fonts()
    return load(SHOP, orders.ISSUER, DAY, [WEB], office=True)


@pytest.fixture(scope="module")
def documents(materials: Materials) -> list[Document]:
    found = []
    for n, member in enumerate(sample_members(SHOP, orders.ISSUER).values(), 1):
        (decision,) = (one for one in decide(member, materials.issuer, DAY, DAY) if one.document == WEB)
        if decision.issued_on:
            document = fill(materials.kinds[WEB].form, member, decision, serial(1, n))
            assert isinstance(document, Document)
            found.append(document)
    assert len(found) >= 3
    return found


@pytest.fixture(scope="module")
def archive(materials: Materials, documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("web") / "notices-0001.zip"
    publish(path, materials.kinds[WEB].template, documents)
    return path


@pytest.mark.feature("F27")
def test_what_was_published_is_what_the_ledger_has(archive: Path, documents: list[Document], materials: Materials) -> None:
    assert published(archive, materials.kinds[WEB].template, documents, SHOP.typefaces().paths()) == []
    with zipfile.ZipFile(archive) as files:
        assert files.namelist() == [f"{one.serial}.pdf" for one in documents]
        with pikepdf.open(io.BytesIO(files.read(files.namelist()[0]))) as pdf:
            assert pdf.Root.Lang == "ja" and pdf.Root.MarkInfo.Marked
            kinds = {str(one.S) for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and one.get("/S") is not None}
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/LI"} <= kinds


def test_the_same_notice_is_the_same_bytes(documents: list[Document], materials: Materials) -> None:
    template = materials.kinds[WEB].template
    assert page(template, documents[0]) == page(template, documents[0])


def test_markup_in_a_name_is_shown_as_text(documents: list[Document], materials: Materials, tmp_path: Path) -> None:
    template = materials.kinds[WEB].template
    at = next(n for n, field in enumerate(template.texts) if field.name == "name")
    texts = list(documents[0].texts)
    texts[at] = "<b>&amp;</b>"
    document = replace(documents[0], texts=tuple(texts))
    publish(tmp_path / "one.zip", template, [document])
    assert published(tmp_path / "one.zip", template, [document], SHOP.typefaces().paths()) == []


def _without(name: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        del pdf.Root[name]

    return change


def _no_claim(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Metadata = pdf.make_stream(pdf.Root.Metadata.read_bytes().replace(b"pdfuaid:part", b"pdfuaid:past"))


def _opens(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (_without("/MarkInfo"), "structure"),
        (_without("/Lang"), "structure"),
        (_no_claim, "metadata"),
        (_without("/OutputIntents"), "metadata"),
        (_without("/ViewerPreferences"), "title"),
        (_opens, "contents"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_found(
    change: Callable[[pikepdf.Pdf], None],
    what: str,
    archive: Path,
    documents: list[Document],
    materials: Materials,
    tmp_path: Path,
) -> None:
    path = tmp_path / archive.name
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == f"{documents[1].serial}.pdf":
                with pikepdf.open(io.BytesIO(data)) as pdf:
                    change(pdf)
                    out = io.BytesIO()
                    pdf.save(out)
                data = out.getvalue()
            new.writestr(name, data)
    (fault,) = published(path, materials.kinds[WEB].template, documents, SHOP.typefaces().paths())
    assert (fault.code, fault.values["what"]) == ("preflight-web", what)
    assert documents[1].serial in fault.place


def member_texts(document: Document) -> list[str]:
    return [text for text in document.texts if len(text) > 3 and text != document.serial]


def test_somebody_elses_notice_is_found(archive: Path, documents: list[Document], materials: Materials) -> None:
    template, paths = materials.kinds[WEB].template, SHOP.typefaces().paths()
    other = replace(documents[0], texts=documents[2].texts)
    faults = published(archive, template, [other, *documents[1:]], paths)
    assert {fault.values["what"] for fault in faults} >= {"name", "number"}
    assert all(name not in str(fault) for fault in faults for name in member_texts(documents[0]))
    (fault,) = published(archive, template, documents[1:], paths)
    assert fault.code == "preflight-count"


@pytest.mark.feature("F27")
def test_a_web_lot_has_its_notices_beside_its_sheets(tmp_path: Path) -> None:
    """Through the whole flow: the lot of the web channel carries the ZIP, listed in ticket and checksums."""
    path = orders.write_members(tmp_path / "members.csv", 12)
    text = path.read_text("utf-8").replace(
        "マイナ保険証,任継期限", "マイナ保険証,任継期限,送付先区分,個人番号下4桁,個人番号照合"
    )
    rows = text.splitlines()
    path.write_text("\n".join([rows[0], *(f"{row},WEB,1234,確認済" for row in rows[1:])]) + "\n", "utf-8")
    report = job.produce(replace(orders.request(path), only=(WEB,)), orders.shop(tmp_path / "out"))
    lots = [lot for lot in report.lots if lot.channel == "web"]
    assert lots and lots[0].documents == report.tally.issued
    with zipfile.ZipFile(lots[0].folder / "notices-0001.zip") as files:
        assert len(files.namelist()) == lots[0].documents
    assert "notices-0001.zip" in (lots[0].folder / "checksums.sha256").read_text("utf-8")
