"""Small orders for tests: invented members, a shop, and a tree of hashes."""

import csv
import hashlib
import shutil
from datetime import date
from pathlib import Path

from pipeline.model.member import Member
from pipeline.model.template import Ground, LeafTemplate, Side, Template
from pipeline.office.order import ProduceRequest
from pipeline.office.shop import Shop
from pipeline.stages.read import read

ROOT = Path(__file__).parents[1]
DAY = date(2026, 11, 23)
ISSUER, CARD = "kenpo", "eligibility-certificate"
_HEADER = (
    "保険者番号", "記号", "番号", "枝番", "区分", "氏名", "フリガナ", "性別", "生年月日", "資格取得年月日",
    "事業所番号", "事業所名称", "郵便番号", "住所", "登録状況", "マイナ保険証", "任継期限",
)  # fmt: skip


def write_members(path: Path, count: int, first: int = 1) -> Path:
    """A member file: every ninth has a linked card (skipped), every eleventh a date that is none (held)."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEADER)
        for n in range(first, first + count):
            born = "1990-02-30" if n % 11 == 0 else f"19{60 + n % 39}-0{1 + n % 9}-1{n % 10}"
            voluntary = n % 7 == 0
            writer.writerow(
                (
                    "06999999", "1234", str(n), "00", "任継本人" if voluntary else "本人",
                    f"見本　{'一二三四五'[n % 5]}郎",
                    "ミホン　タロウ", "男女"[n % 2], born, "2020-04-01", "" if voluntary else "5678",
                    "" if voluntary else "見本商事株式会社", "9990001", f"見本県見本市港町{n}番地", "完了",
                    "有" if n % 9 == 0 else "無", "2027-03-31" if voluntary else "",
                )
            )  # fmt: skip
    return path


def request(
    *files: Path, strict: bool = False, workers: int = 1, day: date = DAY, only: tuple[str, ...] = (CARD,)
) -> ProduceRequest:
    """A request for these files: for cards, unless other document types are named; `only=()` is all of the issuer's."""
    return ProduceRequest(files, ISSUER, day, day, only, strict=strict, workers=workers)


def project(folder: Path) -> Path:
    """A copy of the project's data to change, with the templates that are compiled already."""
    for name in ("layouts", "fixtures"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("broken", "golden"))
    (folder / "fonts").symlink_to(ROOT / "fonts")
    lend_templates(folder)
    return folder


def lend_templates(root: Path) -> None:
    """Let a copy of the project begin with the templates that are compiled already: what was not changed is not set again."""
    kept, lent = ROOT / "output" / ".cache", root / "output" / ".cache"
    lent.mkdir(parents=True, exist_ok=True)
    for template in kept.glob("*.template"):
        (lent / template.name).symlink_to(template)


def shop(out: Path) -> Shop:
    """A shop whose orders and ledger are in `out`, whatever the environment says."""
    return Shop(out, f"sqlite:///{out.absolute()}/ledger.sqlite")


def read_members(path: Path, at: Shop) -> list[Member]:
    """The members of a file."""
    return [member for member in read(path, at.issuer(ISSUER)) if isinstance(member, Member)]


def template_of_leaves(count: int) -> Template:
    """A template that prints nothing, with so many leaves."""
    side = Side(b"", Ground(), (), (), ())
    return Template("d", ISSUER, "t", "", "plastic", 85600, 53980, 3000, (LeafTemplate(side, None),) * count, (), "f")


def tree(folder: Path) -> dict[str, str]:
    """Every file under a folder with its SHA-256, but for the data keys, which no two runs have in common."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parent.suffix != ".keys"
    }
