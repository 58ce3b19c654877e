"""The commands about signed 2D codes: publishing an insurer's key, and checking a photographed card."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import Day, IssuerId, Json
from pipeline.office.code_check import (
    ALTERED,
    FOREIGN,
    GENUINE,
    OTHER_INSURER,
    SAMPLE,
    UNKNOWN_KEY,
    UNSIGNED,
    Finding,
    check_picture,
    exit_code,
)
from pipeline.office.code_keys import CodeKey, keys_in
from pipeline.office.commands import day_of
from pipeline.office.delivering import keys as key_commands
from pipeline.office.shop import Shop

_SAID = {
    GENUINE: "◎ 署名は正しいです。{name}（{insurer}）が発行した内容で、その後書き換えられていません。",
    ALTERED: "✕ 署名または検査符号が合いません。内容が書き換えられたか、読み取りに誤りがあります。",
    OTHER_INSURER: "✕ 署名は別の保険者（{name}）の鍵のものです。{insurer} が発行したものではありません。",
    SAMPLE: "✕ 校正・見本用の鍵で署名されています。交付されたものではありません。",
    UNKNOWN_KEY: "？ 署名の鍵（{key}）が手元にないため、確かめられません。保険者が公表する公開鍵を --keys で指定してください。",
    UNSIGNED: "？ 署名のないコードです。誰でも作れるため、何も証明しません。",
    FOREIGN: "－ 資格確認書などのコードではありません。",
}
_SHOWN = 3
_LETTERS = {"C": "資格確認書", "N": "資格情報のお知らせ", "K": "高齢受給者証", "G": "限度額適用認定証"}
_NOT_PROVEN = (
    "この確認でわからないこと：",
    "  ・券が原本か（コピーや写真のコードも、同じ結果になります）",
    "  ・今も資格があるか（交付した後の資格喪失や再交付は、コードではわかりません）",
    "  ・持っている人が本人か、券面の氏名などが正しいか（氏名はコードに入っていません）",
    "  番号と日付は、上の内容と券面とを見比べてください。",
)


@key_commands.command("publish")
def publish(
    issuer: IssuerId,
    out: Annotated[Path | None, typer.Option("--out", help="書き出すファイル（省略時は SHIKAKU_KEYS の中）。")] = None,
    json: Json = False,
) -> Answer:
    """2D コードの署名を確かめるための公開鍵を、窓口に配るファイルに書き出します。"""
    from pipeline.office.code_keys import publish as write

    path, key = write(issuer, out, Shop())
    lines = [f"公開鍵を書き出しました：{path}", f"鍵の ID　{key.id}", f"指紋（SHA-256）：{key.fingerprint}"]
    lines.append("窓口には、指紋をホームページなど別の方法でも知らせてください。秘密鍵は入っていません。")
    return Answer(lines, {"file": str(path), "id": key.id, "key": key.fingerprint})


def check_code(
    picture: Annotated[Path, typer.Argument(metavar="FILE", help="券を写した写真・スキャン（JPEG、PNG など）、または PDF。")],
    keys: Annotated[
        Path | None, typer.Option("--keys", help="保険者の公開鍵のファイルかフォルダー（省略時は SHIKAKU_KEYS）。")
    ] = None,
    day: Day = "",
    json: Json = False,
) -> Answer:
    """券の 2D コードの署名を、ネットワークも台帳もなしで確かめます。

    終了コード：0 すべて正しい（有効期限は別に表示）、6 改ざん・別の保険者・見本、4 証明できない（署名や鍵やコードがない）。
    """
    shop = Shop()
    today = day_of(day, "--day") or shop.today()
    findings = check_picture(picture, _keys(keys, shop))
    lines, left = list[str](), 0
    for n, one in enumerate(findings, 1):
        if one.state == GENUINE and n > _SHOWN:  # of a whole sheet; what is not in order is always told
            left += 1
        else:
            lines += _told(n, len(findings), one, today)
    if left:
        lines.append(f"ほかの {left} 個も、署名は正しいです（内容は --json で見られます）。")
    if any(one.state == GENUINE for one in findings):
        lines += _NOT_PROVEN
    content = {"day": today.isoformat(), "codes": [one.as_json(today) for one in findings]}
    return Answer(lines, content, exit_code(findings))


def _keys(named: Path | None, shop: Shop) -> Sequence[CodeKey]:
    """The keys that are named, else those of the house; a house without any can still tell what is not signed."""
    if named:
        return keys_in(named)
    try:
        return keys_in(shop.keys) if shop.keys else ()
    except UsageError:
        return ()


def _told(number: int, of: int, one: Finding, today: date) -> list[str]:
    told, values = one.told, {"name": one.key.name if one.key else "", "insurer": "", "key": ""}
    if told:
        values |= {"insurer": f"保険者番号 {told.insurer}", "key": told.key}
    lines = [f"[{number}/{of}]"] if of > 1 else []
    lines.append(_SAID[one.state].format(**values))
    if told is None:
        return lines
    lines += [
        f"  種類　　　{_LETTERS.get(told.letter, told.letter)}　管理番号 {told.control}",
        f"  保険者番号 {told.insurer}　記号 {told.symbol}　番号 {told.number}　枝番 {told.branch or 'なし'}",
        f"  生年月日　{told.birth}　交付年月日 {told.issued}",
    ]
    if told.expiry is None:
        lines.append("  有効期限　なし")
    else:
        past = f"　…　{today} の時点で、有効期限を過ぎています。" if one.expired(today) else ""
        lines.append(f"  有効期限　{told.expiry}{past}")
    return lines
