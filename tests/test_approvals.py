"""校正 and 校了: what the proof shows, who approved it, and that nothing else is printed where the issuer requires it."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from pipeline.base.problems import LedgerError, ShikakuError, UsageError
from pipeline.model.issuer import Issuer
from pipeline.office import cli, job
from pipeline.office.approval_proof import LAST, MASKED, RARE, default_path, prove_for_approval, sheet_of
from pipeline.office.approvals import approvals, approve, require, withdraw
from pipeline.office.materials import load
from pipeline.office.order import ProduceRequest
from pipeline.office.shop import Shop
from pipeline.rules.masking import mask, masked
from tests import orders

DAY = date(2026, 11, 23)
ISSUER = orders.ISSUER


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose issuer requires approval and issues one document."""
    root = orders.project(tmp_path_factory.mktemp("house") / "project")
    change(root, "approval: waived", "approval: required")
    for line in ("media-comparison: {copies: order}", "online-eligibility-guide: {copies: order}"):  # the fewer to compile
        change(root, f"  {line}\n", "")
    return root


def change(root: Path, before: str, after: str) -> None:
    """Change the issuer's YAML."""
    path = root / "layouts" / "issuers" / f"{ISSUER}.yaml"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")


@pytest.fixture
def house(project: Path, tmp_path: Path) -> Callable[..., Shop]:
    """Opens a shop on a copy of the issuer's files, as a person."""
    root = tmp_path / "project"
    root.mkdir()
    for path in project.iterdir():
        if path.name != "layouts":
            (root / path.name).symlink_to(path)
    shutil.copytree(project / "layouts", root / "layouts")
    out = tmp_path / "out"
    return lambda by="佐藤": Shop(out, f"sqlite:///{out}/ledger.sqlite", root, by)


def first(shop: Shop) -> str:
    """The document type that is tried: one that is quickly compiled, without a pantograph."""
    documents = shop.issuer(ISSUER).documents
    plain = (name for name in documents if not any(leaf.front.pantograph for leaf in shop.layout(name).leaves))
    return next(name for name in plain if documents[name].due.policy == "registered-not-linked")


def proved(shop: Shop, document: str = "") -> Path:
    return prove_for_approval(document or first(shop), ISSUER, None, None, DAY, shop).path


def approved(shop: Shop, name: str) -> Any:
    with job.open_ledger(shop) as ledger:
        return approve(name, ISSUER, "色よし", shop, ledger)


def required(shop: Shop) -> dict[str, Any]:
    """What an order of the one document, without its papers, would say of its approval."""
    materials = replace(load(shop, ISSUER, DAY, [first(shop)]), papers={})
    with job.open_ledger(shop) as ledger:
        return require(materials, DAY, shop, ledger)


def request(shop: Shop, folder: Path) -> ProduceRequest:
    """An order of the one document for two members."""
    return replace(orders.request(orders.write_members(folder / "members.csv", 2)), only=(first(shop),))


def codes(fault: pytest.ExceptionInfo[ShikakuError]) -> list[str]:
    return [problem.code for problem in fault.value.problems]


def test_a_new_issuer_requires_approval_and_the_samples_waive_it() -> None:
    assert Issuer.model_fields["approval"].default == "required"
    shop = Shop()
    assert {shop.issuer(name).approval for name in shop.issuers()} == {"waived"}


def test_nothing_is_begun_without_approval(house: Callable[..., Shop], tmp_path: Path) -> None:
    shop = house()
    with pytest.raises(LedgerError) as fault:
        job.produce(request(shop, tmp_path), shop)
    assert set(codes(fault)) == {"approval-missing"} and fault.value.exit_code == 7
    titles = {problem.place for problem in fault.value.problems}
    issuer = shop.issuer(ISSUER)
    assert first(shop) in titles and not any(shop.layout(name).subject == "lot" for name in titles)
    assert "shikaku proof" in fault.value.problems[0].hint and titles <= {*issuer.documents, *issuer.enclosures}
    assert not list(shop.out.glob("*/order.json"))


def test_approved_by_a_named_person(house: Callable[..., Shop]) -> None:
    shop = house()
    proved(shop)
    done = approved(shop, first(shop))
    assert (done.by, done.note, done.document) == ("佐藤", "色よし", first(shop))
    told = required(house("鈴木"))
    assert told == {"policy": "required", "documents": {first(shop): {"by": "佐藤", "proof": done.proof}}}
    with job.open_ledger(shop) as ledger:
        ((known, changed),) = approvals(shop, ledger)
    assert known.stands and changed == [] and known.evidence == done.evidence


def test_an_order_says_who_approved(house: Callable[..., Shop], tmp_path: Path) -> None:
    shop = house()
    document, issuer = first(shop), shop.issuer(ISSUER)
    papers = [name for name, policy in issuer.enclosures.items() if not policy.documents or document in policy.documents]
    for name in [document, *(name for name in papers if shop.layout(name).subject != "lot")]:
        approved(shop, str(proved(shop, name)))
    report = job.produce(request(shop, tmp_path), shop)
    order = json.loads((report.folder / "order.json").read_text("utf-8"))
    assert order["approval"]["documents"][document]["by"] == "佐藤" and report.lots


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("ink: [0, 0, 0, 100]", "ink: [0, 0, 10, 100]", "保険者の設定"),
        ("name: 見本健康保険組合", "name: 見本第二健康保険組合", "保険者の設定"),
    ],
    ids=["colour", "name"],
)
def test_what_changed_voids_the_approval(before: str, after: str, told: str, house: Callable[..., Shop]) -> None:
    shop = house()
    proved(shop)
    approved(shop, first(shop))
    change(shop.root, before, after)
    with pytest.raises(LedgerError) as fault:
        required(house())
    assert codes(fault) == ["approval-void"]
    assert told in fault.value.problems[0].message and "佐藤" in fault.value.problems[0].message
    with pytest.raises(LedgerError) as old:
        approved(house(), first(shop))
    assert codes(old) == ["approval-proof-old"]
    change(shop.root, after, before)
    assert required(house())["documents"]


def test_a_vendors_condition_voids_it_and_a_calendar_does_not(house: Callable[..., Shop]) -> None:
    shop = house()
    proved(shop)
    approved(shop, first(shop))
    change(shop.root, "approval: required", "plausibility: {policy: usual, same-home: 7}\napproval: required")
    assert required(house())["documents"]
    sheet = shop.issuer(ISSUER).documents[first(shop)].sheet
    materials = load(house(), ISSUER, DAY, [first(shop)])
    vendor = shop.root / "layouts" / "vendors" / f"{materials.kinds[first(shop)].conditions.name}.yaml"
    assert sheet and vendor.is_file()
    vendor.write_text(vendor.read_text("utf-8").replace("condition: FOGRA39", "condition: FOGRA51", 1), "utf-8")
    changed = house()
    with pytest.raises(LedgerError) as fault:
        required(changed)
    with job.open_ledger(changed) as ledger:
        ((_, reasons),) = approvals(changed, ledger)
        at_home = replace(load(changed, ISSUER, DAY, [first(shop)], office=True), papers={})
        assert require(at_home, DAY, changed, ledger, in_house=True)["documents"]
    (void,) = fault.value.problems
    assert void.code == "approval-void"
    assert "印刷会社の印刷条件" in void.message and reasons == ["印刷会社の印刷条件"]


def test_an_approval_can_be_taken_back(house: Callable[..., Shop]) -> None:
    shop = house()
    proved(shop)
    approved(shop, first(shop))
    with job.open_ledger(shop) as ledger:
        withdraw(first(shop), ISSUER, "誤り", shop, ledger)
        with pytest.raises(LedgerError) as fault:
            withdraw(first(shop), ISSUER, "誤り", shop, ledger)
    assert codes(fault) == ["approval-missing"]
    with pytest.raises(LedgerError, match="approval-missing"):
        required(shop)


def test_only_what_was_looked_at_is_approved(house: Callable[..., Shop]) -> None:
    shop = house()
    with pytest.raises(LedgerError) as fault:
        approved(shop, first(shop))
    assert codes(fault) == ["approval-no-proof"]
    path = proved(shop)
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(LedgerError) as fault:
        approved(shop, str(path))
    assert codes(fault) == ["approval-proof-altered"]
    path = proved(shop)
    sheet = json.loads(sheet_of(path).read_text("utf-8"))
    sheet_of(path).write_text(json.dumps(sheet | {"issuer": "kyokai"}), "utf-8")
    with pytest.raises(UsageError) as other:
        approved(shop, str(path))
    assert codes(other) == ["approval-other-issuer"]


def test_the_proof_shows_the_records_and_the_guides(house: Callable[..., Shop]) -> None:
    shop = house()
    made = prove_for_approval(first(shop), ISSUER, None, None, DAY, shop)
    assert made.path == default_path(first(shop), ISSUER, shop) and {LAST, MASKED, RARE} <= set(made.records)
    assert "𠮷" in made.rare
    reader = PdfReader(made.path)
    sides = sum(len(leaf.sides) for leaf in shop.template(first(shop), ISSUER, DAY).leaves)
    assert len(reader.pages) == len(made.records) * sides + 1
    for page in reader.pages[:-1]:
        content = page.get_contents().get_data()  # type: ignore[union-attr]
        assert b"/Overprint Do" in content and content.count(b" re S") > 3
    text = reader.pages[-1].extract_text()
    assert made.evidence.fingerprints["artwork"] in text and "U+20BB7" in text
    assert b"GTS_PDFX" not in made.path.read_bytes()  # it is for people and does not claim to be a press file
    again = made.path.read_bytes()
    assert proved(shop).read_bytes() == again


def test_a_member_file_is_shown_masked(house: Callable[..., Shop], tmp_path: Path) -> None:
    shop = house()
    members = orders.write_members(tmp_path / "members.csv", 8)
    text = members.read_text("utf-8").replace("見本　二郎", "𠮷田　二郎")
    members.write_text(text, "utf-8")
    made = prove_for_approval(first(shop), ISSUER, members, None, DAY, shop)
    shown = "".join(page.extract_text() for page in PdfReader(BytesIO(made.path.read_bytes())).pages[:-1])
    assert "𠮷" in made.rare and "二郎" not in shown and "田" not in shown.replace("\n", "") and "5678" not in shown
    (tmp_path / "none.csv").write_text("\n".join(members.read_text("utf-8").splitlines()[:1]), "utf-8")
    with pytest.raises(UsageError, match="proof-nobody-due"):
        prove_for_approval(first(shop), ISSUER, tmp_path / "none.csv", None, DAY, shop)


@pytest.mark.parametrize(
    ("text", "kept", "expected"),
    [
        ("山田　太郎", (), "見本　見本"),
        ("ヤマダ　タロー", (), "ミホン　ミホー"),
        ("ﾔﾏﾀﾞ ﾀﾛｳ", (), "ﾐﾎﾝﾞ ﾐﾎﾝ"),
        ("Smith John", (), "Mmiho Inmi"),
        ("03-1234-5678", (), "12-3456-7890"),
        ("４丁目５－６", (), "１見本２－３"),
        ("𠮷田", ("𠮷",), "𠮷見"),
        ("葛\U000e0100西", (), "見本"),
        ("葛\U000e0100西", ("葛\U000e0100",), "葛\U000e0100見"),
        ("", (), ""),
    ],
)
def test_masks_keep_the_kind_and_the_length(text: str, kept: tuple[str, ...], expected: str) -> None:
    assert mask(text, kept) == expected


def test_of_a_masked_member_nothing_personal_remains() -> None:
    shop = Shop()
    from pipeline.office.proof import sample_members

    for member in sample_members(shop, ISSUER).values():
        hidden = masked(member)
        for name in ("name", "kana", "symbol", "number", "address", "last4", "office_name"):
            told = getattr(member, name)
            assert len(getattr(hidden, name)) <= len(told)
            assert not told or getattr(hidden, name) != told or set(told) <= set("見本みほんミホン1234567890　"), name
        assert (hidden.birth.month, hidden.birth.day) == (1, 1) and hidden.category == member.category


def test_the_commands(house: Callable[..., Shop], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    shop = house()
    monkeypatch.setenv("SHIKAKU_HOME", str(shop.root))
    monkeypatch.setenv("SHIKAKU_LEDGER", shop.ledger_url)
    shop.out.mkdir()

    def answer(*words: str) -> tuple[int, dict[str, Any]]:
        code = cli.run([*words, "--json"])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        return code, told

    document, at = first(shop), str(tmp_path / "proof.pdf")
    code, made = answer("proof", document, "--issuer", ISSUER, "--approval", "--day", "2026-11-23", "--out", at)
    assert code == 0 and made["file"] == at and made["rare"]
    assert answer("approve", at, "--issuer", ISSUER, "--by", "佐藤")[1]["approved"]
    code, told = answer("approvals")
    assert code == 0 and [(one["by"], one["document"]) for one in told["approvals"]] == [("佐藤", document)]
    assert answer("approve", document, "--issuer", ISSUER, "--by", "佐藤", "--withdraw")[0] == 0
    assert answer("approve", at, "--issuer", ISSUER)[0] == 2
    wrong = answer("proof", document, "--issuer", ISSUER, "--approval", "--out", "proof.png")
    assert wrong[0] == 2 and wrong[1]["problems"][0]["code"] == "proof-approval-kind"
    alone = answer("proof", document, "--issuer", ISSUER, "--members", str(tmp_path / "x.csv"))
    assert alone[0] == 2 and alone[1]["problems"][0]["code"] == "proof-members-need-approval"
