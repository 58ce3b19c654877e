"""The commands that keep the ledger itself: audit, key, checkpoints, upgrade, backup, restore, reconcile."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import HandoffError, LedgerError, Problem
from pipeline.office.answers import Answer
from pipeline.office.books import By, Json, LedgerUrl, Out, books, shop_with_ledger, table_of
from pipeline.office.notary import Checkpoint, Notary, checkpoint_of, fingerprint
from pipeline.office.shop import Shop

ledger_commands = books  # all of them: these here and those that answer
_COLUMNS = ("at", "entry", "actor", "order", "kind", "detail")


def notary_of(shop: Shop) -> Notary:
    """The notary of the shop's ledger."""
    return Notary(shop.ledger_key, shop.ledger_checkpoint)


@books.command("audit")
def audit(
    order: Annotated[str, typer.Option("--order", help="この注文の記録だけを表示します（検査は台帳全体）。")] = "",
    checkpoint: Annotated[
        list[Path] | None, typer.Option("--checkpoint", help="別に保管した署名（ledger checkpoint --to）とも照合します。")
    ] = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """何を、いつ、誰が行ったかの記録を表示し、記録と台帳の全行が改ざんされていないか検査します。加入者の情報は含みません。"""
    from pipeline.office import ledger_audit, ledger_inquiry

    shop = shop_with_ledger(out, ledger)
    notary = notary_of(shop)
    anchors = [_read(path) for path in checkpoint or ()]
    if (kept := notary.last()) is not None:
        anchors.append(kept)
    found = ledger_audit.audit(shop.ledger_url, notary.public() if notary.key.exists() else "", anchors)
    answer = table_of("events", ledger_inquiry.events(shop.ledger_url, order), _COLUMNS)
    whole = f"監査記録 {found.events:,} 件・署名 {found.checkpoints:,} 件・注文 {found.orders:,} 件を検査しました。"
    if found.erased:
        whole += f"注文 {found.erased:,} 件の個人データは消去済みです。"
    if found.problems:
        title = f"{whole}一致しないものが {len(found.problems):,} 件あります。"
        return replace(answer, exit_code=LedgerError.exit_code, problems=found.problems, title=title)
    return replace(answer, closing=[f"{whole}すべて一致しています。"])


@books.command("key")
def key(out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> Answer:
    """台帳に署名する鍵の指紋を表示します（なければ作ります）。指紋は紙に控え、別に保管してください。"""
    shop = Shop(out, ledger)
    public = notary_of(shop).public()
    content = {"key": public, "fingerprint": fingerprint(public), "file": str(shop.ledger_key)}
    return Answer([f"鍵のファイル　{shop.ledger_key}", f"指紋　　　　　{fingerprint(public)}"], content)


@books.command("checkpoint")
def checkpoint(
    to: Annotated[
        Path | None, typer.Option("--to", help="最後の署名をこのファイルに書き出します。台帳とは別の所に保管してください。")
    ] = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """最後の署名（記録の件数と、その末尾のハッシュ）を表示し、書き出します。"""
    shop = shop_with_ledger(out, ledger)
    kept = notary_of(shop).last()
    if kept is None:
        raise LedgerError(Problem("checkpoint-none", "ledger"))
    if to is not None:
        _write(to, kept)
    said = [f"署名 {kept.no} 番　{kept.at}　記録 {kept.events:,} 件　注文 {kept.orders:,} 件", f"末尾　{kept.head}"]
    return Answer(said, asdict(kept))


@books.command("upgrade")
def upgrade(by: By = "", out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> Answer:
    """前の版の台帳を、この版の形式にします。途中で失敗しても、元のままです。"""
    from pipeline.office import ledger_upgrade
    from pipeline.office.ledger_trail import Trail
    from pipeline.office.vault import Vault

    shop = shop_with_ledger(out, ledger, by)
    found = ledger_upgrade.upgrade(shop.ledger_url, Trail(shop.now, shop.actor, notary_of(shop)), Vault(shop.data_keys))
    said = (
        "台帳はこの版の形式です。"
        if found == ledger_upgrade.HEAD
        else f"台帳を {found} から {ledger_upgrade.HEAD} にしました。"
    )
    return Answer([said], {"found": found, "revision": ledger_upgrade.HEAD})


@books.command("backup")
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="控えのファイル（新しい名前）。")],
    by: By = "",
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """台帳の控えを、署名付きの受領書とともに作ります。作業中でも取れます。PostgreSQL の台帳も 1 つのファイルになります。"""
    from pipeline.office import ledger_backup
    from pipeline.office.ledger_trail import Trail

    shop = shop_with_ledger(out, ledger, by)
    if not file.absolute().parent.is_dir():
        raise HandoffError(Problem("backup-no-folder", file.name, {"name": file.name}))
    notary = notary_of(shop)
    receipt = ledger_backup.backup(shop.ledger_url, file.absolute(), shop.now(), notary, Trail(shop.now, shop.actor, notary))
    said = [
        f"控えを作りました：{file}",
        f"監査記録 {receipt.events:,} 件・注文 {receipt.orders:,} 件　SHA-256 {receipt.sha256}",
    ]
    said.append(
        "個人データは暗号化されています。鍵のフォルダーは控えに含まれません。控えとは別の、安全な所に保管してください。"
    )
    return Answer(said, {"file": str(file), "receipt": asdict(receipt)})


@books.command("restore")
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="控えのファイル（受領書が隣にあること）。")],
    to: Annotated[str, typer.Option("--to", help="戻す先の台帳のファイルまたは URL（空であること）。")],
    by: By = "",
    out: Out = None,
    json: Json = False,
) -> Answer:
    """控えから台帳を戻します。戻した台帳は、突き合わせ（ledger reconcile）が済むまで交付しません。"""
    from pipeline.office import ledger_backup
    from pipeline.office.ledger_trail import Trail
    from pipeline.office.vault import Vault

    shop = Shop(out, to, by=by)
    notary = notary_of(shop)
    trail = Trail(shop.now, shop.actor, notary)
    receipt = ledger_backup.restore(file.absolute(), shop.ledger_url, notary, trail, Vault(shop.data_keys))
    said = [
        f"控え（{receipt.at}、監査記録 {receipt.events:,} 件）から台帳を戻しました。",
        "次の手順　shikaku ledger reconcile で突き合わせてください。",
    ]
    return Answer(said, {"receipt": asdict(receipt)})


@books.command("reconcile")
def reconcile(
    reason: Annotated[str, typer.Option("--reason", help="控えから戻した理由と、照合のしかた。監査記録に残ります。")],
    by: Annotated[str, typer.Option("--by", help="突き合わせた担当者の名前。監査記録に残ります。")],
    adopt: Annotated[
        list[str] | None, typer.Option("--adopt", help="台帳に採り入れる注文（フォルダー名。繰り返し可）。")
    ] = None,
    void: Annotated[list[str] | None, typer.Option("--void", help="無効にする注文（印刷物は廃棄。繰り返し可）。")] = None,
    members: Annotated[
        list[Path] | None, typer.Option("--members", help="採り入れる注文の加入者ファイル（繰り返し可）。")
    ] = None,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """戻した台帳を出力フォルダーと突き合わせ、控えの後の注文を採り入れるか無効にします。済むと、また交付できます。"""
    from pipeline.office import reconciling

    shop = shop_with_ledger(out, ledger, by)
    wish = reconciling.Wish(reason, tuple(adopt or ()), tuple(void or ()), tuple(members or ()))
    done = reconciling.reconcile(wish, shop)
    said = f"突き合わせが済みました（採り入れ {len(done['adopted'])} 件、無効 {len(done['void'])} 件）。また交付できます。"
    return Answer([said], done)


def _read(path: Path) -> Checkpoint:
    try:
        return checkpoint_of(path.read_text("utf-8"), path.name)
    except (OSError, UnicodeDecodeError):
        raise LedgerError(Problem("checkpoint-not-valid", path.name, {"name": path.name})) from None


def _write(path: Path, checkpoint: Checkpoint) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(checkpoint.as_json())
    except FileExistsError:
        raise HandoffError(Problem("backup-exists", path.name, {"name": path.name})) from None
    except OSError:
        raise HandoffError(Problem("backup-no-folder", path.name, {"name": path.name})) from None
