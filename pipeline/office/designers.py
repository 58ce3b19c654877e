"""The commands of designers: `preview`, `new`, `schema`."""

import webbrowser
from typing import Annotated

import typer

from pipeline.base.problems import LayoutError
from pipeline.office.answers import Answer
from pipeline.office.books import Json
from pipeline.office.commands import day_of
from pipeline.office.shop import Shop

designers = typer.Typer()


@designers.command()
def preview(
    document: Annotated[str, typer.Argument(metavar="[TYPE]", help="はじめに開く帳票（省略時は一覧）。")] = "",
    issuer: Annotated[str, typer.Option("--issuer", help="はじめに開く保険者（省略時は最初の保険者）。")] = "",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="ポート番号（0 は空いているもの）。")] = 8765,
    day: Annotated[str, typer.Option("--day", help="交付日 YYYY-MM-DD（省略時は今日）。")] = "",
    browser: Annotated[bool, typer.Option("--open/--no-open", help="ブラウザーを開くかどうか。")] = True,
    json: Json = False,
) -> Answer:
    """下見：保存するたびに、本番と同じ印刷をブラウザーに示します（見本だけ。台帳と加入者ファイルは開きません）。"""
    from pipeline.office.preview.server import serve

    shop = Shop()
    path = ""
    if document:
        shop.layout(document)
        path = f"#/{document}/{issuer or _first_issuer(document, shop)}"

    def ready(address: str) -> None:
        if not json:
            print(f"下見　{address}{path}　（終わるときは Ctrl-C）", flush=True)
        if browser:
            webbrowser.open(address + path)

    serve(shop.root, day_of(day, "--day"), port, ready)
    return Answer(["下見を終わりました。"], {"preview": "ended"})


@designers.command()
def new(
    document: Annotated[str, typer.Argument(metavar="TYPE", help="新しい帳票のフォルダー名（英小文字・数字・ハイフン）。")],
    title: Annotated[str, typer.Option("--title", help="帳票の名前。")] = "新しいお知らせ",
    json: Json = False,
) -> Answer:
    """新しい帳票のひな型を layouts/documents に作ります。そのまま check に通ります。"""
    from pipeline.office.beginning import begin_document

    folder = begin_document(document, title, Shop())
    steps = [
        f"作りました：{folder}",
        f"次の手順　shikaku preview {document} で見ながら直してください。",
        f"交付する保険者の layouts/issuers/*.yaml の documents に {document} を加えると、発行できるようになります。",
    ]
    return Answer(steps, {"folder": str(folder)})


@designers.command()
def schema(json: Json = False) -> Answer:
    """エディターの補完のための JSON Schema を layouts/schema に書き、YAML の 1 行目に記します。"""
    from pipeline.office.schemas import write_schemas

    made = write_schemas(Shop())
    return Answer([f"書きました：{path}" for path in made], {"files": [str(path) for path in made]})


def _first_issuer(document: str, shop: Shop) -> str:
    """The first issuer that uses a document type, or the first of all."""
    names = shop.issuers()
    for name in names:
        try:
            issuer = shop.issuer(name)
        except LayoutError:
            continue  # the page will say what is wrong with it
        if document in issuer.documents or document in issuer.enclosures:
            return name
    return names[0] if names else ""
