"""`make demo`: a whole order for each sample issuer, with the commands that a clerk would type.

For one of them also what stands before and after the press: a proof that a named person approves, and a lot that is signed,
packed for a vendor and checked; where an issuer signs its 2D codes, those of a sheet are checked as a counter would. Keys are
made for the demo and worth nothing. The sample files hold records that must be held, so exit code 4 (produced, some records
held) is what a good run ends in.
"""

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.craft.certificates import trial_pair
from pipeline.office.shop import Shop

DAY = "2026-04-01"
SOME_HELD = 4
ROOT = Path(__file__).parents[2]
OUT = ROOT / "output" / "demo"
KEYS, PROOF, VENDOR = OUT / "keys", OUT / "proof.pdf", OUT / "vendor.pem"
_PERSON = "校正　花子"


def main(issuers: list[str]) -> int:
    """Produce and verify for each issuer; the exit code of the first command that fails, or 0."""
    shutil.rmtree(OUT, ignore_errors=True)
    whole = issuers[len(issuers) // 2]  # whose order is followed from the proof to the vendor
    for issuer in issuers:
        # The last by name: an Excel file where there is one.
        members = max((ROOT / "fixtures" / "members").glob(f"{issuer}.*"), default=None)
        if members is None:
            print(f"fixtures/members/{issuer}.* がありません。", file=sys.stderr)
            return 2
        if issuer == whole and (code := _before_the_press(issuer, _named(members))):
            return code
        if code := _key_for_codes(issuer):
            return code
        code = _run("produce", _named(members), "--issuer", issuer, "--day", DAY, "--out", _named(OUT))
        if code == SOME_HELD:
            print("（終了コード 4: 見本データには、わざと保留になる行が入っています。理由は office/held.csv にあります。）\n")
        elif code:
            return code
    orders = {order.parent: sorted(order.parent.glob("handoff/*/ticket.json")) for order in OUT.glob("*/order.json")}
    for order, tickets in sorted(orders.items()):
        if not tickets:
            print(f"{_named(order)} に引き渡されたロットがありません。", file=sys.stderr)
            return 6
        lot = tickets[0].parent
        if code := _run("verify", _named(lot)) or (whole in order.name and _to_the_vendor(whole, order, lot)):
            return code
        published = [key for key in KEYS.glob("*.code-key.json") if key.name.partition(".")[0] in order.name]
        if published and (code := _at_the_counter(published[0], lot)):
            return code
    lots = sum(map(len, orders.values()))
    print(f"\nmake demo: {len(orders)} 件の注文から {lots} ロットを作成し、すべて読み戻して確かめました。")
    print(f"印刷データは {_named(OUT)}/<注文>/handoff/<ロット>/sheets-0001.pdf です。")
    return 0


def _before_the_press(issuer: str, members: str) -> int:
    """校正 and 校了 of the issuer's first document type, and the office's key, with which its lots are then signed."""
    document = next(iter(Shop().issuer(issuer).documents))
    about = ("--issuer", issuer)
    print("（校正を作り、見た人の名前で承認します。見本の保険者は承認を省けます。approval: required では省けません。）")
    proof = ("proof", document, *about, "--approval", "--members", members, "--day", DAY, "--out", _named(PROOF))
    approve = ("approve", _named(PROOF), *about, "--by", _PERSON, "--out", _named(OUT))
    print(f"$ export SHIKAKU_KEYS={_named(KEYS)}")
    return _run("key", "new", *about) or _run(*proof) or _run(*approve)


def _key_for_codes(issuer: str) -> int:
    """Where the issuer signs its 2D codes: a key, and its public half as counters hold it."""
    if Shop().issuer(issuer).code_signature == "none":
        return 0
    about = ("--issuer", issuer)
    made = (KEYS / f"{issuer}.pub.pem").exists()
    return (0 if made else _run("key", "new", *about)) or _run("key", "publish", *about)


def _at_the_counter(key: Path, lot: Path) -> int:
    """The signed codes of one sheet, checked as a counter checks those of a photograph."""
    sheets = min(lot.glob("sheets-*.pdf"))
    return _run("check-code", _named(sheets), "--keys", _named(key), "--day", DAY)


def _to_the_vendor(issuer: str, order: Path, lot: Path) -> int:
    """One lot in envelopes for a vendor whose key is made here, checked as the vendor checks it."""
    today = date.today()
    certificate, secret = trial_pair("demo vendor", today - timedelta(1), today + timedelta(30))
    VENDOR.write_bytes(certificate)
    VENDOR.with_suffix(".key").write_bytes(secret)
    print("（印刷会社の鍵の代わりに、このデモだけの鍵を作りました。荷物は、その鍵でしか開けません。）")
    package = ("package", _named(lot), "--certificate", _named(VENDOR), "--by", _PERSON)
    check = ("check-package", _named(order / "packages" / lot.name), "--key", _named(KEYS / f"{issuer}.pub.pem"))
    return _run(*package) or _run(*check)


def _named(path: Path) -> str:
    """A path as it is typed in the project's folder."""
    return str(path.relative_to(ROOT))


def _run(*words: Any) -> int:
    print("$ shikaku " + " ".join(words), flush=True)
    command = [sys.executable, "-m", "pipeline", *words]
    keys = {"SHIKAKU_KEYS": str(KEYS)}
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env=os.environ | keys).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
