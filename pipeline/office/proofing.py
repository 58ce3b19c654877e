"""The commands before the press: proofs (見本, 校正) and their approval (校了)."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.base.problems import MemberError, Problem, UsageError
from pipeline.office.answers import Answer
from pipeline.office.books import Day, IssuerId, Json, LedgerUrl, Out, shop_with_ledger
from pipeline.office.commands import day_of
from pipeline.office.shop import Shop

_Document = Annotated[str, typer.Argument(metavar="TYPE", help="帳票の種類（layouts/documents のフォルダー名）。")]


def proof(
    document: _Document,
    issuer: IssuerId,
    sample: Annotated[str, typer.Option("--sample", help="見本の加入者の名前（fixtures/samples.yaml）。")] = "",
    approval: Annotated[
        bool, typer.Option("--approval", help="承認用の校正：最初・最後・最長・外字・伏せ字の記録、ガイド線、確認票。")
    ] = False,
    members: Annotated[
        Path | None, typer.Option("--members", help="承認用の校正を、この加入者ファイルの記録を伏せ字にして作ります。")
    ] = None,
    as_copied: Annotated[
        bool, typer.Option("--as-copied", help="複写機でコピーするとどう見えるかを計算して示します（PNG）。")
    ] = False,
    copier: Annotated[str, typer.Option("--copier", help="この複写機だけを示します（省略時はすべて）。例：mixed-400")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="保存先（.pdf または .png）。")] = None,
    day: Day = "",
    json: Json = False,
) -> Answer:
    """見本を 1 部（「見本」の文字入り）、または承認用の校正（「校正」の文字入り）を作ります。"""
    shop = Shop()
    on = day_of(day, "--day") or shop.today()
    if as_copied or copier:
        from pipeline.office.proof import prove_copied

        target = prove_copied(document, issuer, sample, copier, out, on, shop)
        return Answer(
            [f"コピーの見え方を保存しました（計算によるもので、実機ではありません）：{target}"], {"file": str(target)}
        )
    if not approval:
        from pipeline.office.proof import prove

        if members:
            raise UsageError(Problem("proof-members-need-approval", "--members"))
        target = prove(document, issuer, sample, out, on, shop)
        return Answer([f"見本を保存しました：{target}"], {"file": str(target)})
    from pipeline.office.approval_proof import prove_for_approval

    if members and not members.is_file():
        raise MemberError(Problem("member-file-missing", members.name, {"name": members.name}))
    made = prove_for_approval(document, issuer, members, out, on, shop)
    lines = [f"校正を保存しました：{made.path}", f"記録　{'、'.join(made.records)}"]
    lines += [f"外字・異体字　{' '.join(made.rare)}"] if made.rare else []
    lines.append(f"見て、よければ承認してください：shikaku approve {made.path} --issuer {issuer} --by 氏名")
    content = {"file": str(made.path), "records": list(made.records), "rare": list(made.rare)}
    return Answer(lines, content | {"evidence": dict(made.evidence.fingerprints)})


def approve(
    name: Annotated[str, typer.Argument(metavar="PROOF|TYPE", help="校正の PDF、または帳票の種類（いつもの場所にある校正）。")],
    issuer: IssuerId,
    by: Annotated[str, typer.Option("--by", help="承認する人の名前。台帳に残ります。")],
    note: Annotated[str, typer.Option("--note", help="書き添えること。")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="承認を取り消します（TYPE を指定）。")] = False,
    out: Out = None,
    ledger: LedgerUrl = "",
    json: Json = False,
) -> Answer:
    """校正を承認（校了）し、台帳に記録します。版下・公印・書体などが変わると、承認は無効になります。"""
    from pipeline.office import approvals as approving
    from pipeline.office import job

    if not by.strip():
        raise UsageError(Problem("usage-bad-person", "--by"))
    shop = Shop(out, ledger, by=by)
    with job.open_ledger(shop) as book:
        if withdraw:
            approving.withdraw(name, issuer, note, shop, book)
            return Answer([f"承認を取り消しました：{shop.layout(name).title}"], {"document": name, "approved": False})
        done = approving.approve(name, issuer, note, shop, book)
    said = f"承認を記録しました：{shop.layout(done.document).title}（{done.by}、{done.at[:10]}）"
    return Answer([said], {"document": done.document, "issuer": issuer, "by": done.by, "at": done.at, "approved": True})


def approvals(out: Out = None, ledger: LedgerUrl = "", json: Json = False) -> Answer:
    """承認の一覧：だれが、いつ、何を承認し、いまも有効か。"""
    from pipeline.office import approvals as approving
    from pipeline.office import job

    shop = shop_with_ledger(out, ledger)
    with job.open_ledger(shop) as book:
        found = approving.approvals(shop, book)
    rows, lines = [], []
    for approval, changed in found:
        state = "取り消し" if not approval.stands else "無効：" + "、".join(changed) if changed else "有効"
        lines.append(f"{approval.issuer}\t{approval.document}\t{approval.by}\t{approval.at[:10]}\t{state}")
        valid = approval.stands and not changed
        row = {"issuer": approval.issuer, "document": approval.document, "by": approval.by, "at": approval.at}
        rows.append(row | {"note": approval.note, "proof": approval.proof, "valid": valid, "changed": changed})
    return Answer(lines or ["承認はまだありません。"], {"approvals": rows})
