"""What happened to others (sources §9) as causes: an order with a row for many of them, and ways to spoil one."""

import csv
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from pipeline.base.problems import Problem, ShikakuError
from pipeline.model.decision import Outcome
from pipeline.model.document import Document
from pipeline.model.member import Member
from pipeline.office import job
from pipeline.office.enclosures import make_file
from pipeline.office.ledger import Ledger
from pipeline.office.materials import Materials, load, load_paper
from pipeline.office.order import OrderReport, ProduceRequest
from pipeline.office.papers import Filler
from pipeline.office.planning import member_of, record_of
from pipeline.office.proof import sample_members
from pipeline.office.shop import Shop
from pipeline.stages.decide import decide
from pipeline.stages.fill import fill
from tests import orders, planted
from tests.planted import CARD, NOTICE, Change, Lot, plant, press, read_back

ISSUER, NUMBER = "kyokai", "01999994"
HOME = {"区分": "任継本人", "任継期限": "2027-03-31", "事業所番号": "", "事業所名称": ""}
NOBODY_HAS = "\U0002ffff"  # no character, and in no typeface
_FOLDER = tempfile.TemporaryDirectory()  # removed at exit
_DORMITORY = "見本県見本市港町八丁目８番８号"
_SHARED = "見本県見本市港町九丁目９番９号"
# 番号 → what is wrong with the row.
CAUSES: dict[int, dict[str, str]] = {
    21: {"氏名": "見本　太郎様"},
    22: {"事業所名称": "見本商事株式会社　御中"},
    23: {"氏名": f"見本　{NOBODY_HAS}"},
    24: HOME | {"住所": ""},
    25: HOME | {"住所区分": "事業所"},
    26: {"生年月日": "1950-04-01"},
    27: {"生年月日": "平成32年4月1日"},
    28: {"生年月日": "令和31年4月1日"},
    **{n: HOME | {"住所": _DORMITORY} for n in range(31, 36)},
    36: HOME | {"住所": _DORMITORY, "住所区分": "住民票"},
    41: HOME | {"住所": _SHARED, "氏名": "甲山　一郎"},
    42: HOME | {"住所": _SHARED, "氏名": "乙川　二郎"},
    43: HOME | {"住所": _SHARED, "氏名": "甲山　三郎"},
}
_FAMILY = (12, 14, 16)  # of the row before
_PLAIN = {"employer": range(1, 9), "home": range(11, 17)}  # the latter in households of two


def _row(n: int) -> dict[str, str]:
    row = {
        "保険者番号": NUMBER, "記号": "1234", "番号": str(n), "枝番": "00", "区分": "本人",
        "氏名": f"見本　{'一二三四五六七八九'[n % 9]}{'郎子美'[n % 3]}", "フリガナ": "ミホン", "性別": "男女"[n % 2],
        "生年月日": f"{1960 + n}-04-01", "資格取得年月日": "2020-04-01", "事業所番号": str(1000 + n % 2),
        "事業所名称": f"見本{n % 2}株式会社", "郵便番号": "9990001", "住所": f"見本県見本市港町{n}番地", "住所区分": "",
        "送付先区分": "", "被保険者氏名": "", "任継期限": "", "登録状況": "完了", "マイナ保険証": "無",
    }  # fmt: skip
    if n in _FAMILY:
        insured = _row(n - 1)
        family = {"枝番": "01", "区分": "任継家族", "被保険者氏名": insured["氏名"]}
        return insured | family | {"氏名": row["氏名"], "生年月日": "2010-05-05"}
    return row | CAUSES.get(n, HOME if n > 10 else {})


def write(path: Path, numbers: Iterable[int] = (*_PLAIN["employer"], *_PLAIN["home"], *CAUSES), **changes: str) -> Path:
    """A member file with the rows of these numbers; `changes` to each of them."""
    rows = [_row(n) | changes for n in numbers]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def request(path: Path, only: tuple[str, ...] = (CARD,)) -> ProduceRequest:
    """An order for the file."""
    return ProduceRequest((path,), ISSUER, orders.DAY, orders.DAY, only=only, workers=1)


def key(n: int) -> str:
    """The key of the row with a number."""
    return f"{NUMBER}:1234:{n}:00"


def scratch() -> Path:
    """A new folder that goes with the process."""
    return Path(tempfile.mkdtemp(dir=_FOLDER.name))


class Done:
    """An order that went through, with everything that was held in it."""

    def __init__(self, folder: Path):
        self.shop = orders.shop(folder / "out")
        self.members = write(folder / "members.csv")
        self.report: OrderReport = job.produce(request(self.members), self.shop)
        self.held = {row["key"]: row for row in self.table("held.csv")}

    def table(self, name: str) -> list[dict[str, str]]:
        """One of the office's lists."""
        with (self.report.folder / "office" / name).open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    def issued(self) -> set[str]:
        """The keys that a document was issued to."""
        return {row["key"] for row in self.table("decisions.csv") if row["outcome"] == Outcome.ISSUE}

    def is_held(self, n: int, code: str) -> None:
        """The row with this number is held with this code, in words that name the cause, and nothing was issued."""
        row = self.held[key(n)]
        assert row["code"] == code and row["message"] and row["hint"]
        assert key(n) not in self.issued()


Recipients = list[tuple[str, str, str]]


class Spoilt:
    """An order for one channel that is printed and whose hand-off stands still, because the ledger's rows were spoiled."""

    def __init__(self, folder: Path, channel: str):
        self.shop = orders.shop(folder / "out")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Ledger, "recipients", lambda ledger, lot: iter(()))
            with pytest.raises(ShikakuError, match="bundle-does-not-close"):
                job.produce(request(write(folder / "members.csv", _PLAIN[channel])), self.shop)
        (self.folder,) = (path.parent for path in self.shop.out.glob("*/order.json"))

    def stops(self, spoil: Callable[[Recipients], Recipients], monkeypatch: pytest.MonkeyPatch) -> Problem:
        """What a resumed order says of a spoiled lot; nothing was handed off."""
        real = Ledger.recipients

        def spoiled(ledger: Ledger, lot: str) -> Iterator[tuple[str, str, str]]:
            yield from spoil(list(real(ledger, lot)))

        monkeypatch.setattr(Ledger, "recipients", spoiled)
        with pytest.raises(ShikakuError) as stopped:
            job.resume(self.folder, self.shop)
        assert not list(self.folder.glob("handoff/*"))
        (problem,) = stopped.value.problems
        return problem


@cache
def done() -> Done:
    """The order that went through."""
    return Done(scratch())


@cache
def spoilt(channel: str) -> Spoilt:
    """The order that stands still."""
    return Spoilt(scratch(), channel)


@cache
def cards() -> tuple[Lot, Path]:
    """Two sheets of cards, front and back."""
    lot = planted.real(CARD, "kenpo", 42)
    return lot, press(lot, scratch() / "sheets-0001.pdf")


@cache
def notices() -> tuple[Lot, Path]:
    """Four notices of two leaves without a back, a page each."""
    lot = planted.real(NOTICE, "kenpo", 4)
    return lot, press(lot, scratch() / "sheets-0001.pdf")


@cache
def materials() -> Materials:
    """All that an order of another issuer is made with."""
    return load(orders.shop(orders.ROOT / "output"), "kenpo", orders.DAY)


def codes(part: tuple[Lot, Path], change: Change, **options: Any) -> list[str]:
    """The codes of all that the checker says of a part with a fault, in turn."""
    lot, path = part
    return [fault.code for fault in read_back(lot, plant(path, change), **options).faults]


def exchanged(one: int, other: int, what: re.Pattern[bytes]) -> Change:
    """What matches first on two pages changes places."""

    def change(pdf: pikepdf.Pdf) -> None:
        pages = [pdf.pages[n].obj.Contents.read_bytes() for n in (one, other)]
        first, second = (what.search(page) for page in pages)
        assert first and second and first[0] != second[0]
        pdf.pages[one].obj.Contents = pdf.make_stream(pages[0].replace(first[0], second[0], 1))
        pdf.pages[other].obj.Contents = pdf.make_stream(pages[1].replace(second[0], first[0], 1))

    return change


def stopped(error: type[ShikakuError], act: Callable[[], object]) -> Problem:
    """The first problem of what is stopped, in words."""
    with pytest.raises(error) as caught:
        act()
    problem = caught.value.problems[0]
    assert problem.message and problem.hint
    return problem


def with_record(row: tuple[str, str, str], **changes: Any) -> tuple[str, str, str]:
    """A row of the ledger with another record."""
    return row[0], row[1], record_of(replace(member_of(row[2]), **changes))


def forced(materials: Materials, document: str, member: Member) -> Document | Problem:
    """What is filled if somebody decided to issue a document that the rules do not give."""
    found = next(one for one in decide(member, materials.issuer, orders.DAY, orders.DAY) if one.document == document)
    due = replace(found, outcome=Outcome.ISSUE, channel="employer", issued_on=orders.DAY, expires_on=orders.DAY, problem=None)
    return fill(materials.kinds[document].form, member, due, "0001-0000001-A")


def texts(materials: Materials, document: Document, name: str, kind: str) -> Sequence[str]:
    """The texts of a document's fields with a value."""
    fields = materials.kinds[kind].template.texts
    return [text for field, text in zip(fields, document.texts, strict=True) if field.value == name]


def showing(materials: Materials, value: str) -> list[str]:
    """The documents that show a value."""
    return [name for name, kind in materials.kinds.items() if any(one.value == value for one in kind.template.texts)]


def printed(document: str, issuer: str) -> Path:
    """A document of everybody, or of a sample member, as it is printed."""
    shop = orders.shop(orders.ROOT / "output")
    path = scratch() / "sheets-0001.pdf"
    if document in shop.issuer(issuer).documents:
        used = load(shop, issuer, orders.DAY, [document], office=True)
        filled = forced(used, document, next(iter(sample_members(shop, issuer).values())))
        assert isinstance(filled, Document)
        kind = used.kinds[document]
        return press(Lot(kind.template, kind.design, (filled,), kind.conditions), path)
    paper, typefaces = load_paper(shop, document, issuer, orders.DAY), shop.typefaces()
    make_file(
        path,
        [Filler(document, paper.layout, paper.template, typefaces).fill("1", {})],
        paper,
        typefaces,
        "1",
        orders.DAY.isoformat(),
    )
    return path


def house(folder: Path) -> Shop:
    """A shop with a copy of the layouts to spoil."""
    orders.project(folder)
    return Shop(folder / "out", root=folder)


def spoil(path: Path, old: str, new: str) -> None:
    """Change one place of a file."""
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
