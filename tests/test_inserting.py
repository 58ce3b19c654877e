"""The inserter's marks on real sheets, read from a picture as the machine reads them, envelope after envelope."""

import csv
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pypdfium2
import pytest

from pipeline.base.problems import LayoutError, LedgerError, SheetError
from pipeline.craft.inserter import has_room
from pipeline.model.document import Document
from pipeline.model.inserter import Inserter
from pipeline.model.report import PartReport
from pipeline.office import job
from pipeline.office.inserting import Sets, placed, sets_of, starts_of
from pipeline.office.ledger import Ledger
from pipeline.office.materials import load
from pipeline.office.order import OrderReport, ProduceRequest
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen
from pipeline.stages.impose import impose, slots
from pipeline.stages.plate import Slug, plate
from pipeline.stages.preflight import preflight
from pipeline.stages.stamp import stamp
from tests import orders

HOUSEHOLDS = (1, 3, 9)  # people; a cover sheet lists eight
_HEADER = (
    "保険者番号", "記号", "番号", "枝番", "区分", "氏名", "フリガナ", "性別", "生年月日", "資格取得年月日", "認定年月日",
    "被保険者氏名", "郵便番号", "住所", "登録状況", "マイナ保険証", "任継期限", "個人番号照合",
)  # fmt: skip
_MACHINE = orders.shop(Path("unused")).inserter("example-omr")


def write_households(path: Path, sizes: tuple[int, ...]) -> Path:
    """People who are insured voluntarily, so that their notices go home, household by household."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for number, size in enumerate(sizes, 1):
            for branch in range(size):
                family = branch > 0
                writer.writerow(
                    (
                        "06999999", "1234", str(number), f"{branch:02d}", "任継家族" if family else "任継本人",
                        f"見本　{'一二三四五六七八九十百千万円年'[branch]}子" if family else "見本　太郎",
                        "ミホン　タロウ", "男", f"19{70 + branch}-0{number}-{10 + branch}", "2026-04-01",
                        "2026-04-01" if family else "",
                        "見本　太郎" if family else "", "9990001", f"見本県見本市港町{number}番地", "完了", "有",
                        "2028-03-31", "未登録",
                    )
                )  # fmt: skip
    return path


def produced(folder: Path, sizes: tuple[int, ...] = HOUSEHOLDS) -> tuple[Shop, OrderReport]:
    shop = orders.shop(folder / "out")
    (document,) = (
        name for name, policy in shop.issuer(orders.ISSUER).documents.items() if policy.due.policy == "registered-not-linked"
    )
    request = ProduceRequest(
        (write_households(folder / "members.csv", sizes),), orders.ISSUER, orders.DAY, orders.DAY, (document,), workers=1
    )
    return shop, job.produce(request, shop)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Shop, OrderReport]:
    return produced(tmp_path_factory.mktemp("inserting"))


def cover_of(shop: Shop) -> str:
    (name,) = (name for name in shop.issuer(orders.ISSUER).enclosures if shop.layout(name).subject == "bundle")
    return name


def seen(path: Path) -> Iterator[dict[str, int]]:
    """What the machine makes of every page of a file, at 200 dpi."""
    with pypdfium2.PdfDocument(path) as pdf:
        for page in pdf:
            picture = page.render(scale=200 / 72, grayscale=True).to_pil()
            told: dict[str, int] = {}
            inked = 0
            for number, row in enumerate(_MACHINE.rows):
                middle = _MACHINE.first.top + number * _MACHINE.step + _MACHINE.mark.height // 2
                x = (_MACHINE.first.left + _MACHINE.mark.width // 2) * 200 / 25_400
                dark = picture.getpixel((int(x), int(middle * 200 / 25_400))) < 128
                inked += dark
                told[row.tells] = told.get(row.tells, 0) + (row.weight or 1) * dark
            assert inked % 2 == 0
            yield told


def test_a_machine_reads_its_way_through_the_envelopes(done: tuple[Shop, OrderReport]) -> None:
    shop, report = done
    (lot,) = report.lots
    (cover,) = lot.folder.glob(f"{cover_of(shop)}-*.pdf")
    leaves, covers = list(seen(lot.folder / "sheets-0001.pdf")), list(seen(cover))
    each = len(shop.layout(lot.document).leaves)
    assert (len(leaves), len(covers)) == (each * sum(HOUSEHOLDS), 4)
    for number, size in enumerate(HOUSEHOLDS, 1):
        stack = [one for one in covers + leaves if one["sequence"] == number]
        assert [one["page"] for one in stack] == list(range(1, len(stack) + 1))
        assert (stack[0]["pages"], {one["pages"] for one in stack[1:]}) == (each * size + -(-size // 8), {0})
        assert [one["start"] for one in stack] == [1] + [0] * (len(stack) - 1)
        assert [one["end"] for one in stack] == [0] * (len(stack) - 1) + [1]
        assert all(one["gate"] for one in stack)


def part_of(shop: Shop, report: OrderReport) -> tuple[Kind, list[Document]]:
    """The lot's kind and its documents, each with its place in its set."""
    (lot,) = report.lots
    kind = load(shop, orders.ISSUER, orders.DAY, [lot.document]).kinds[lot.document]
    with Ledger(shop.ledger_url, str) as ledger:
        known = ledger.lot(lot.name)
        assert known is not None
        ((chunk, _, _),) = ledger.chunks(lot.name)
        return kind, placed(ledger.documents(lot.name), chunk, sets_of(known[0], kind, ledger))


def read_back(shop: Shop, report: OrderReport, wrong: int = 0) -> PartReport:
    """The lot's part read back, every document `wrong` sets further."""
    kind, documents = part_of(shop, report)
    moved = []
    for document in documents:
        assert document.in_set is not None
        moved.append(replace(document, in_set=document.in_set._replace(sequence=document.in_set.sequence + wrong)))
    sheets = report.lots[0].folder / "sheets-0001.pdf"
    return preflight(sheets, kind.template, kind.design, kind.conditions, moved, 1, shop.typefaces().paths())


def test_the_checker_compares_every_leaf_with_its_set(done: tuple[Shop, OrderReport]) -> None:
    assert not read_back(*done).faults
    faults = read_back(*done, wrong=1).faults
    assert {fault.code for fault in faults} == {"preflight-inserter"} and len(faults) == done[1].lots[0].sheets
    assert all("sequence" in str(fault.values["reason"]) for fault in faults)


@pytest.mark.parametrize("made", [None, _MACHINE], ids=["forgotten", "unasked"])
def test_marks_must_be_there_and_be_asked_for(made: Inserter | None, done: tuple[Shop, OrderReport], tmp_path: Path) -> None:
    shop, report = done
    kind, documents = part_of(shop, report)
    typefaces, design = shop.typefaces(), kind.design
    stamped = stamp(documents, kind.template, typefaces, machine=made)
    path, sheets = tmp_path / "sheets-0001.pdf", impose(len(stamped.leaves), design)
    with path.open("wb") as file:
        slug = Slug("lot", "2026-11-23", len(sheets), kind.template.fingerprint)
        plate(file, stamped, sheets, slots(design), kind.template, design, kind.conditions, typefaces, slug)
    wanted = kind.conditions._replace(inserter=None if made else _MACHINE)
    found = preflight(path, kind.template, design, wanted, documents, 1, typefaces.paths())
    assert found.faults[0].code == ("preflight-grammar" if made else "preflight-inserter")


def test_a_piece_made_again_goes_into_the_same_envelope(tmp_path: Path) -> None:
    shop, report = produced(tmp_path, (1, 2))
    (lot,) = report.lots
    again = job.remake(job.RemakeRequest(lot.folder, Chosen(((lot.sheets, 1),)), "折れ"), shop)
    (first,) = again.lots
    told, sheets = list(seen(first.folder / "sheets-0001.pdf")), lot.sheets // lot.documents
    assert told == list(seen(lot.folder / "sheets-0001.pdf"))[-sheets:]
    assert (told[-1]["sequence"], told[-1]["end"]) == (2, 1)
    assert job.verify(first.folder, shop).documents == 1


def test_a_set_that_the_marks_cannot_tell_stops_before_the_press(tmp_path: Path) -> None:
    with pytest.raises(SheetError) as refused:
        produced(tmp_path, (1, 15))
    assert [problem.code for problem in refused.value.problems] == ["inserter-set-too-large"]
    out = tmp_path / "out"
    assert not list(out.rglob("*.pdf"))
    (order,) = (path.parent for path in out.glob("*/order.json"))
    job.cancel(order, orders.shop(out))  # and can be asked for again, once the profile has more rows
    with pytest.raises(LedgerError, match="ledger-order-stopped"):
        job.resume(order, orders.shop(out))


def test_places_follow_each_other_through_covers_and_leaves() -> None:
    sets = Sets(starts_of("aabbbbbbbbbc"), rows=8, leaves=2)
    assert [tuple(sets.place(piece)) for piece in (0, 1, 2, 10, 11)] == [
        (1, 2, 5), (1, 4, 5), (2, 3, 20), (2, 19, 20), (3, 2, 3),
    ]  # fmt: skip
    assert [key for key, _ in groupby(sets.place(piece).sequence for piece in range(12))] == [1, 2, 3]


@pytest.mark.parametrize(("place", "value"), [("left", 205_000), ("left", 30_000), ("top", 250_000)])
def test_marks_over_what_is_printed_are_refused(place: str, value: int) -> None:
    shop = orders.shop(Path("unused"))
    template = shop.template(cover_of(shop), orders.ISSUER, orders.DAY)
    has_room(_MACHINE, template)
    with pytest.raises(SheetError) as refused:
        has_room(_MACHINE.model_copy(update={"first": _MACHINE.first.model_copy(update={place: value})}), template)
    assert [problem.code for problem in refused.value.problems] == ["inserter-marks-no-room"]


def test_two_covers_of_one_envelope_are_refused(tmp_path: Path) -> None:
    house = Shop(tmp_path / "out", f"sqlite:///{tmp_path}/ledger.sqlite", root=copied(tmp_path / "house"))
    issuer = house.root / "layouts" / "issuers" / f"{orders.ISSUER}.yaml"
    text = issuer.read_text("utf-8")
    issuer.write_text(
        text.replace("enclosures:\n", "enclosures:\n  second-letter: {sheet: a4-inserted, channels: [home]}\n"), "utf-8"
    )
    with pytest.raises(LayoutError) as refused:
        load(house, orders.ISSUER, orders.DAY)
    assert [problem.code for problem in refused.value.problems] == ["inserter-two-covers"]


def copied(root: Path) -> Path:
    """The project with its cover sheet twice."""
    name = cover_of(orders.shop(Path("unused")))
    orders.project(root)
    shutil.copytree(root / "layouts" / "documents" / name, root / "layouts" / "documents" / "second-letter")
    return root
