"""Signed codes of cards: from an order to a photograph of its print, and everything that must not be taken for genuine."""

import csv
import json
import shutil
from datetime import date
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageFilter

from pipeline.base.problems import HandoffError, LayoutError, PreflightError, ShikakuError, UsageError
from pipeline.craft import sk1, sk2
from pipeline.craft.qr import matrix_by_library
from pipeline.craft.signing import Signer, new_pair, sample_signer
from pipeline.office import cli, job
from pipeline.office.code_check import finding_of
from pipeline.office.code_keys import CodeKey, keys_in, publish
from pipeline.office.keys import new_keys
from pipeline.office.order import ProduceRequest
from pipeline.office.proof import proof
from pipeline.office.shop import Shop
from pipeline.office.spoils import Chosen
from pipeline.stages.checking.payloads import is_signed, statement_of
from pipeline.stages.checking.photographs import payloads_in
from tests import orders

ISSUER, NUMBER = "kyosai", "31999998"
CARD = next(iter(Shop().issuer(ISSUER).documents))
DAY = date(2026, 4, 1)
DAYS = (date(1989, 5, 10), DAY, date(2029, 11, 30))


def payload(signer: Signer, insurer: str = NUMBER, symbol: str = "公立見本") -> str:
    return sk2.signed(sk1.payload("C", insurer, symbol, "567", "01", *DAYS, "0001-0000001-K"), signer)


def key_of(signer: Signer, insurer: str = NUMBER) -> CodeKey:
    return CodeKey(insurer, "見本", signer.public)


def picture(path: Path, *payloads: str) -> Path:
    """Codes beside each other, six pixels a module."""
    symbols = [np.array(matrix_by_library(one, "L")) for one in payloads]
    side = max((len(one) for one in symbols), default=30) + 12
    shown = np.zeros((side, side * max(1, len(symbols))), bool)
    for n, one in enumerate(symbols):
        shown[6 : 6 + len(one), 6 + n * side : 6 + n * side + len(one)] = one
    Image.fromarray(np.where(shown, 0, 255).astype(np.uint8)).resize((shown.shape[1] * 6, side * 6), 0).save(path)
    return path


def photograph(pdf: Path, path: Path) -> Path:
    """The first card of a sheet as a telephone sees it: from a side, unevenly lit, out of focus, noisy, as JPEG."""
    sheet = (
        pypdfium2.PdfDocument(pdf)[0].render(scale=600 / 72).to_pil().convert("L").crop((0, 0, 2700, 2000)).resize((1900, 1407))
    )
    width, height = sheet.size
    corners = (
        -0.02 * width,
        -0.03 * height,
        0.04 * width,
        1.03 * height,
        1.02 * width,
        0.97 * height,
        0.95 * width,
        0.03 * height,
    )
    seen = sheet.transform(sheet.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=110)
    seen = seen.rotate(7, Image.Resampling.BICUBIC, expand=True, fillcolor=110).filter(ImageFilter.GaussianBlur(1))
    tones = np.asarray(seen).astype(float)
    tones = tones * np.linspace(0.75, 1.05, tones.shape[1]) + np.random.default_rng(1).normal(0, 9, tones.shape)
    Image.fromarray(tones.clip(0, 255).astype(np.uint8)).save(path, quality=80)
    return path


def signer_in(folder: Path) -> Signer:
    return Signer((folder / f"{ISSUER}.key.pem").read_bytes())


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHIKAKU_KEYS", str(folder))
        new_keys(ISSUER, Shop())
        publish(ISSUER, None, Shop())
    return folder


@pytest.fixture
def _keyed(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIKAKU_KEYS", str(keys))


def produce(folder: Path, count: int = 6) -> Path:
    """An order of some cards; its folder."""
    with (orders.ROOT / "fixtures" / "members" / f"{ISSUER}.csv").open(encoding="cp932", newline="") as file:
        rows = list(csv.reader(file))[: 1 + count]
    with (folder / "members.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    request = ProduceRequest((folder / "members.csv",), ISSUER, DAY, DAY, (CARD,), workers=1)
    return job.produce(request, orders.shop(folder / "out")).folder


@pytest.fixture(scope="module")
def made(keys: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHIKAKU_KEYS", str(keys))
        return produce(tmp_path_factory.mktemp("signed"))


def sheets(order: Path) -> Path:
    return next(iter(sorted(order.glob("handoff/*/sheets-0001.pdf"))))


def asked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, list[dict[str, object]]]:
    code = cli.run(["check-code", *map(str, words), "--day", "2026-04-02", "--json"])
    return code, json.loads(capsys.readouterr().out).get("codes", [])


def test_a_photographed_card_is_proven_offline(
    made: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SHIKAKU_KEYS", raising=False)
    counter = shutil.copy(keys / f"{ISSUER}.code-key.json", tmp_path)
    seen = photograph(sheets(made), tmp_path / "card.jpg")
    code, (found,) = asked(capsys, seen, "--keys", counter)
    assert code == 0 and found["state"] == "genuine" and found["insurer"] == NUMBER and not found["expired"]
    assert cli.run(["check-code", str(seen), "--keys", str(counter), "--day", "2040-01-01"]) == 0
    said = capsys.readouterr().out
    assert "原本" in said and "今も資格があるか" in said and "有効期限を過ぎています" in said


def test_every_code_of_the_order_is_signed_and_read_back(made: Path, keys: Path) -> None:
    found = payloads_in(sheets(made))
    assert found and all(map(is_signed, found))
    key = [CodeKey(NUMBER, "", signer_in(keys).public)]
    assert {finding_of(one, key).state for one in found} == {"genuine"}
    told = json.loads((made / "order.json").read_text("utf-8"))
    assert signer_in(keys).public.hex() in json.dumps(told)


@pytest.mark.usefixtures("_keyed")
def test_the_same_key_gives_the_same_bytes(made: Path, tmp_path: Path) -> None:
    assert sheets(produce(tmp_path)).read_bytes() == sheets(made).read_bytes()


def test_the_checker_finds_a_signature_of_another_key(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes the key between the plan and the read-back, or signs with another one, stops the press."""
    other = Signer(new_pair().private)
    monkeypatch.setattr("pipeline.office.keys.sample_signer", lambda: other)
    with pytest.raises(PreflightError) as fault:
        proof(CARD, ISSUER, "", DAY, Shop())
    assert {problem.code for problem in fault.value.problems} == {"preflight-code"}


def test_a_remade_card_is_signed_anew_or_not_made(
    made: Path, keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = Path(shutil.copytree(made.parent, tmp_path / "out"))
    shop, lot = orders.shop(out), out / made.name / "handoff" / sheets(made).parent.name
    wish = job.RemakeRequest(lot, Chosen(((1, 1),)), "汚れ")
    monkeypatch.delenv("SHIKAKU_KEYS", raising=False)
    job.verify(lot, shop)  # needs no private key
    with pytest.raises(HandoffError) as fault:
        job.remake(wish, shop)
    assert fault.value.problems[0].code == "code-key-gone"
    monkeypatch.setenv("SHIKAKU_KEYS", str(keys))
    (new,) = payloads_in(sheets(job.remake(wish, shop).folder))
    assert finding_of(new, [key_of(signer_in(keys))]).state == "genuine"
    told = statement_of(new)
    assert told and told.control not in {one.control for one in map(statement_of, payloads_in(sheets(made))) if one}


def test_a_key_that_is_required_and_missing_or_open_stops_before_anything(
    keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Shop.issuer
    monkeypatch.setattr(Shop, "issuer", lambda self, name: known(self, name).model_copy(update={"code_signature": "required"}))
    monkeypatch.delenv("SHIKAKU_KEYS", raising=False)
    with pytest.raises(HandoffError) as fault:
        produce(tmp_path)
    assert fault.value.problems[0].code == "code-key-missing"
    loose = shutil.copytree(keys, tmp_path / "keys")
    (loose / f"{ISSUER}.key.pem").chmod(0o644)
    monkeypatch.setenv("SHIKAKU_KEYS", str(loose))
    with pytest.raises(HandoffError) as fault:
        produce(tmp_path)
    assert fault.value.problems[0].code == "signing-key-open"
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("_keyed")
def test_a_proof_is_signed_with_a_key_that_proves_nothing(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "proof.pdf").write_bytes(proof(CARD, ISSUER, "", DAY, Shop()).pdf)
    for told in payloads_in(tmp_path / "proof.pdf"):
        assert finding_of(told, [key_of(signer_in(keys)), key_of(sample_signer())]).state == "sample"


def test_what_is_not_genuine(tmp_path: Path) -> None:
    own, other = Signer(new_pair().private), Signer(new_pair().private)
    good, known = payload(own), [key_of(own)]
    assert finding_of(good, known).state == "genuine"
    for old, new in (
        (":567:", ":568:"),
        ("20291130", "20391130"),
        ("SK2*C", "SK2*K"),
        ("19890510", "19890511"),
        (":01*", ":02*"),
    ):
        assert old in good and finding_of(good.replace(old, new), known).state == "altered"
    last = "0" if good[-1] != "0" else "1"
    assert finding_of(good[:-1] + last, known).state == "altered"
    assert finding_of(good[:-3] + ":::", known).state == "altered"  # no two bytes
    assert finding_of(good[:-3], known).state == "altered"
    assert finding_of(payload(other), known).state == "unknown-key"
    assert finding_of(good, []).state == "unknown-key"
    assert finding_of(good, [key_of(own, "06999999")]).state == "other-insurer"
    assert finding_of(payload(own, "06999999"), known).state == "other-insurer"
    bare = sk1.payload("C", NUMBER, "1", "567", "01", *DAYS, "0001-0000001-K")
    assert finding_of(bare, known).state == "unsigned"
    assert finding_of(bare.replace("567", "568"), known).state == "altered"
    assert finding_of("https://example.jp/", known).state == "not-ours"
    assert finding_of("SK1*C*\x1b[2J", known).state == "not-ours"


def test_several_codes_and_none_in_one_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = Signer(new_pair().private)
    file = tmp_path / "one.code-key.json"
    told = {"format": "shikaku-press code key 1", "insurer_number": NUMBER, "insurer": "見本", "public_key": own.public.hex()}
    file.write_text(json.dumps(told | {"id": key_of(own).id, "fingerprint": own.fingerprint}), "utf-8")
    good, bare = payload(own), sk1.payload("C", NUMBER, "1", "567", "01", *DAYS, "0001-0000001-K")
    for payloads, wanted, exit_code in (
        ([good], {"genuine"}, 0),
        ([good, payload(own, symbol="公立")], {"genuine"}, 0),
        ([good, "https://example.jp/"], {"genuine", "not-ours"}, 0),
        ([good, bare], {"genuine", "unsigned"}, 4),
        ([bare, good.replace(":567:", ":568:")], {"unsigned", "altered"}, 6),
        (["https://example.jp/"], {"not-ours"}, 4),
    ):
        code, found = asked(capsys, picture(tmp_path / "codes.png", *payloads), "--keys", tmp_path)
        assert (code, {one["state"] for one in found}, len(found)) == (exit_code, wanted, len(payloads))


def test_what_cannot_be_checked_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def problem(*words: object) -> tuple[int, str]:
        code = cli.run(["check-code", *map(str, words), "--json"])
        return code, json.loads(capsys.readouterr().out)["problems"][0]["code"]

    empty, text = picture(tmp_path / "empty.png"), tmp_path / "text.jpg"
    text.write_text("no picture")
    (tmp_path / "none").mkdir()
    (tmp_path / "wrong.code-key.json").write_text("{}")
    assert problem(empty) == (4, "code-none-seen")
    assert problem(text) == (4, "code-picture-unreadable")
    assert problem(tmp_path / "gone.jpg") == (4, "code-picture-unreadable")
    assert problem(empty, "--keys", tmp_path / "none") == (2, "code-keys-none")
    assert problem(empty, "--keys", tmp_path / "wrong.code-key.json") == (2, "code-key-unreadable")


def test_a_published_key_that_was_altered_is_refused(keys: Path, tmp_path: Path) -> None:
    text = (keys / f"{ISSUER}.code-key.json").read_text("utf-8")
    (key,) = keys_in(keys)
    assert key.insurer == NUMBER and "PRIVATE" not in text
    (tmp_path / "x.code-key.json").write_text(text.replace(key.public.hex(), sample_signer().public.hex()), "utf-8")
    with pytest.raises(UsageError):
        keys_in(tmp_path)


def test_an_issuer_without_a_key_has_none_to_publish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIKAKU_KEYS", str(tmp_path))
    with pytest.raises(ShikakuError) as fault:
        publish(ISSUER, None, Shop())
    assert fault.value.problems[0].code == "code-key-missing" and not isinstance(fault.value, LayoutError)
