"""Invented members in any number, for measurements and tests. The same seed writes the same bytes."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random

HEADER = (
    "保険者番号,記号,番号,枝番,区分,氏名,フリガナ,通称名,戸籍表記,性別,性別表示,生年月日,資格取得年月日,認定年月日,被保険者氏名,"
    "事業所番号,事業所名称,郵便番号,住所,送付先区分,在留期限,任継期限,資格喪失予定日,負担割合,発効期日,限度額区分,特定疾病,"
    "任意記載希望,個人番号下4桁,個人番号照合,登録状況,マイナ保険証,交付事由,申請,引受番号"
)
_FAMILIES = (
    ("佐藤", "サトウ"),
    ("鈴木", "スズキ"),
    ("髙橋", "タカハシ"),
    ("田中", "タナカ"),
    ("渡邊", "ワタナベ"),
    ("伊藤", "イトウ"),
    ("山﨑", "ヤマザキ"),
    ("中村", "ナカムラ"),
    ("小林", "コバヤシ"),
    ("加藤", "カトウ"),
    ("吉田", "ヨシダ"),
    ("斎藤", "サイトウ"),
    ("松本", "マツモト"),
    ("井上", "イノウエ"),
    ("木村", "キムラ"),
    ("五十嵐", "イガラシ"),
    ("長谷川", "ハセガワ"),
    ("森", "モリ"),
)
_RARE = (("𠮷田", "ヨシダ"), ("葛\U000e0100西", "カサイ"), ("𠀋井", "タケイ"))  # need the fallback typeface
_GIVEN = {
    "男": (
        ("一郎", "イチロウ"),
        ("健太", "ケンタ"),
        ("大輔", "ダイスケ"),
        ("翔", "ショウ"),
        ("和夫", "カズオ"),
        ("誠司", "セイジ"),
    ),
    "女": (
        ("花子", "ハナコ"),
        ("美咲", "ミサキ"),
        ("陽子", "ヨウコ"),
        ("結衣", "ユイ"),
        ("恵", "メグミ"),
        ("由美子", "ユミコ"),
    ),
}
_TOWNS = ("港町", "本町", "緑が丘", "中央", "東山", "旭町", "若葉台", "桜木町")
_RARE_EVERY = 2000
_BLOCK = 10_000


def write_members(path: Path, count: int, issuer_number: str = "06999999", seed: int = 1, share_due: float = 1.0) -> Path:
    """Write `count` members as CSV (UTF-8) in households of one to four; `share_due` of them have no card and are due
    a certificate."""
    lines = _lines(count, issuer_number, Random(seed), share_due)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(HEADER + "\r\n")
        while block := list(islice(lines, _BLOCK)):
            file.write("".join(block))
    return path


def _lines(count: int, issuer_number: str, random: Random, share_due: float) -> Iterator[str]:
    first = date(1952, 1, 1)
    days = [(first + timedelta(days=n)).isoformat() for n in range(26_000)]
    starts = [(date(2005, 4, 1) + timedelta(days=n)).isoformat() for n in range(7_000)]
    draw = random.random
    branch = size = number = 0
    family, reading, insured, office, address = "", "", "", "", ""
    for n in range(count):
        if branch >= size:
            branch, size, number = 0, 1 + int(draw() * 4), number + 1
            family, reading = _FAMILIES[int(draw() * len(_FAMILIES))]
            town = _TOWNS[int(draw() * len(_TOWNS))]
            office = f"{1000 + number % 500},見本商事{number % 500}株式会社"
            address = f"999-{number % 10000:04},見本県見本市{town}{1 + number % 9}丁目{1 + number % 30}番{1 + number % 20}号"
        sex = "男" if draw() < 0.5 else "女"
        given, given_reading = _GIVEN[sex][int(draw() * 6)]
        surname, kana = _RARE[n // _RARE_EVERY % len(_RARE)] if n % _RARE_EVERY == _RARE_EVERY - 1 else (family, reading)
        name = f"{surname}　{given}"
        if not branch:
            insured = name
        birth = days[int(draw() * 17_000)] if not branch else days[9_000 + int(draw() * 10_000)]
        start = starts[int(draw() * 7_000)]
        category, certified, head = ("家族", start, insured) if branch else ("本人", "", "")
        card, reason = ("無", "2") if draw() < share_due else ("有", "")
        last4 = f"{int(draw() * 10000):04}"
        yield (
            f"{issuer_number},{100 + number % 900},{number},{branch:02},{category},{name},{kana}　{given_reading},,,"
            f"{sex},,{birth},{start},{certified},{head},{office},{address}"
            f",,,,,,,,,,{last4},確認済,完了,{card},{reason},,\r\n"
        )
        branch += 1
