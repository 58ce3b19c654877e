"""`make demo`: a whole order for each sample issuer, with the commands that a clerk would type.

The sample files hold records that must be held, so exit code 4 (produced, some records held) is what a good run ends in.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

DAY = "2026-04-01"
SOME_HELD = 4
ROOT = Path(__file__).parents[2]
OUT = ROOT / "output" / "demo"


def main(issuers: list[str]) -> int:
    """Produce and verify for each issuer; the exit code of the first command that fails, or 0."""
    shutil.rmtree(OUT, ignore_errors=True)
    for issuer in issuers:
        # The last by name: an Excel file where there is one.
        members = max((ROOT / "fixtures" / "members").glob(f"{issuer}.*"), default=None)
        if members is None:
            print(f"fixtures/members/{issuer}.* がありません。", file=sys.stderr)
            return 2
        asked = [str(members.relative_to(ROOT)), "--issuer", issuer, "--day", DAY, "--out", str(OUT.relative_to(ROOT))]
        code = _run("produce", *asked)
        if code == SOME_HELD:
            print("（終了コード 4: 見本データには、わざと保留になる行が入っています。理由は office/held.csv にあります。）\n")
        elif code:
            return code
    orders = {order.parent: sorted(order.parent.glob("handoff/*/ticket.json")) for order in OUT.glob("*/order.json")}
    for order, tickets in sorted(orders.items()):
        if not tickets:
            print(f"{order.relative_to(ROOT)} に引き渡されたロットがありません。", file=sys.stderr)
            return 6
        if code := _run("verify", str(tickets[0].parent.relative_to(ROOT))):
            return code
    lots = sum(map(len, orders.values()))
    print(f"\nmake demo: {len(orders)} 件の注文から {lots} ロットを作成し、すべて読み戻して確かめました。")
    print(f"印刷データは {OUT.relative_to(ROOT)}/<注文>/handoff/<ロット>/sheets-0001.pdf です。")
    return 0


def _run(*words: Any) -> int:
    print("$ shikaku " + " ".join(words), flush=True)
    return subprocess.run([sys.executable, "-m", "pipeline", *words], cwd=ROOT, stdin=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
