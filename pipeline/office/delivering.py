"""The commands that send lots to vendors: signing keys, packages, and the check of a package."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import By, IssuerId, Json, LedgerUrl, shop_with_ledger
from pipeline.office.shop import Shop

keys = typer.Typer(help="署名鍵：引き渡すデータに署名する、保険者ごとの鍵。", no_args_is_help=True)
_WAYS = {"cms": "印刷会社の公開鍵で暗号化", "zip": "パスフレーズ付き ZIP（AES-256）", "plain": "暗号化なし"}


@keys.command("new")
def new(
    issuer: IssuerId,
    json: Json = False,
) -> Answer:
    """署名鍵を 1 組作ります。秘密鍵は SHIKAKU_KEYS のフォルダーに、本人だけが読めるように置きます。"""
    from pipeline.office.keys import new_keys

    public, fingerprint = new_keys(issuer, Shop())
    said = [f"署名鍵を作りました。印刷会社に渡す公開鍵：{public}", f"指紋（SHA-256）：{fingerprint}"]
    said.append("指紋は、公開鍵とは別の方法（電話など）で印刷会社に伝えてください。")
    return Answer(said, {"public": str(public), "key": fingerprint})


def package(
    folder: Annotated[Path, typer.Argument(metavar="LOT_DIR", help="引き渡したロットのフォルダー（handoff/<ロット>）。")],
    vendor: Annotated[str, typer.Option("--vendor", help="印刷会社の ID（省略時は用紙の設定どおり）。")] = "",
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="印刷会社の証明書（PEM。省略時は layouts/vendors の設定どおり）。")
    ] = None,
    archive: Annotated[bool, typer.Option("--zip", help="旧方式：AES-256 の ZIP。パスフレーズは 1 度だけ表示します。")] = False,
    plain: Annotated[bool, typer.Option("--plain", help="暗号化しません。--reason が必要で、台帳に記録します。")] = False,
    reason: Annotated[str, typer.Option("--reason", help="暗号化しない理由。")] = "",
    by: By = "",
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """ロットを印刷会社あてに暗号化・署名し、packages/<ロット> に荷物を作ります。ロットのフォルダーはそのままです。"""
    from pipeline.office import job, packages

    if sum((plain, archive, certificate is not None)) > 1:
        raise UsageError(Problem("package-one-way", "--plain / --zip / --certificate"))
    lot = folder.resolve()
    if not lot.is_dir() or len(lot.parents) < 3:
        raise UsageError(Problem("usage-no-folder", folder.name, {"name": folder.name}))
    shop = shop_with_ledger(lot.parents[2], ledger, by)
    with job.open_ledger(shop) as book:
        made = packages.pack(lot, packages.Wish(vendor, certificate, plain, archive, reason), shop, book)
    lines = [f"荷物を作りました：{made.folder}", f"方式　　　{_WAYS[made.way]}（{made.files} ファイル）"]
    lines += [f"宛先の鍵　{made.recipient}"] if made.recipient else []
    lines.append(f"署名　　　{made.signed_by or 'なし（署名鍵がありません。shikaku key new で作れます）'}")
    if made.passphrase:
        lines += [
            f"パスフレーズ　{made.passphrase}",
            "どこにも保存していません。書き留めて、荷物とは別に電話などで伝えてください。",
        ]
    content = {"folder": str(made.folder), "way": made.way, "files": made.files, "recipient": made.recipient or None}
    content |= {"signed_by": made.signed_by or None}
    return Answer(lines, content | ({"passphrase": made.passphrase} if made.passphrase else {}))


def check_package(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="荷物のフォルダー、または開いたロットのフォルダー。")],
    key: Annotated[Path | None, typer.Option("--key", help="発注者の公開鍵（issuer.pub.pem）。")] = None,
    json: Json = False,
) -> Answer:
    """荷物の署名と全ファイルを、ネットワークも台帳もなしで確かめます。"""
    from pipeline.office.package_check import check_package as check

    found = check(folder.resolve(), key, Shop())
    lines = [f"{found.lot}：{found.files} ファイルは、すべて一覧のとおりです。"]
    lines.append(
        f"署名は発注者の鍵のものです（{found.signed_by}）。"
        if found.signed_by
        else "署名がありません。途中で作り替えられていないことまでは確かめられません。"
    )
    content = {"lot": found.lot, "files": found.files, "encrypted": found.encrypted, "signed_by": found.signed_by or None}
    return Answer(lines, content)
