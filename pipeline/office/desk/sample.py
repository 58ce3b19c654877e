"""`make desk`: the counter's page on invented members, with an account of each role. Nothing of it is for real work.

The order is made once, in `output/desk`; the next start finds it there and goes on with what was done on the page.
"""

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from pipeline.base.problems import ShikakuError
from pipeline.office import job
from pipeline.office.answers import give, refusal
from pipeline.office.desk import accounts
from pipeline.office.desk.app import serve
from pipeline.office.desk.roles import ROLE_NAMES, Role
from pipeline.office.order import ProduceRequest
from pipeline.office.progress import Bar
from pipeline.office.shop import Shop

ROOT = Path(__file__).parents[3]
OUT = ROOT / "output" / "desk"
MADE, DAY = date(2026, 4, 1), date(2026, 4, 6)  # when the cards were made, and the day at the counter
PASSWORD = "mihon-no-madoguchi"
PEOPLE: Mapping[str, Role] = {
    "見本 担当": Role.OPERATOR,
    "見本 承認": Role.APPROVER,
    "見本 監査": Role.AUDITOR,
    "見本 管理": Role.ADMINISTRATOR,
}


def main(port: int = 8787) -> int:
    """Make what is not there yet, say who may log in, and serve until Ctrl-C."""
    shop = Shop(OUT, f"sqlite:///{OUT / 'ledger.sqlite'}")
    try:
        prepare(shop, ROOT / "fixtures" / "members" / "kenpo.xlsx", "kenpo")
        serve(shop, port, [], _tell, DAY)
    except ShikakuError as fault:
        answer = refusal(fault)
        give(answer, False)
        return answer.exit_code
    return 0


def prepare(shop: Shop, members: Path, issuer: str) -> None:
    """An order and the accounts, where they are missing; an order that was cut off is finished."""
    begun = sorted(OUT.glob("*/order.json"))
    with Bar(shop.seconds) as bar:
        if not begun:
            job.produce(ProduceRequest((members,), issuer, MADE, MADE), shop.acting("make desk"), bar)
        for order in begun:
            job.resume(order.parent, shop.acting("make desk"), bar)
    with job.open_ledger(shop.acting("make desk")) as ledger:
        there = {one.name for one in accounts.known(ledger)}
        for name, role in PEOPLE.items():
            if name not in there:
                accounts.add(ledger, name, role, PASSWORD)


def _tell(address: str) -> None:
    print(f"\n窓口（見本）　{address}　終わるときは Ctrl-C\n")
    for name, role in PEOPLE.items():
        print(f"  {ROLE_NAMES[role]}　名前「{name}」　パスワード「{PASSWORD}」")
    print(f"\n加入者はすべて架空です。記録は {OUT.relative_to(ROOT)} にあります（消すと初めからになります）。", flush=True)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
