"""A new document type needs no Python: a folder of YAML and HTML, a sample, and a line in an issuer's YAML."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.office import job
from pipeline.office.proof import proof
from pipeline.office.shop import Shop
from tests import orders

NAME = "move-notice"
LAYOUT = """title: 事務所移転のお知らせ
edition: "2026-04"
material: paper
page: {width: 210mm, height: 297mm, bleed: 0mm, safe: 8mm}
typefaces: {text: [biz-ud-gothic, ipamj-mincho]}
styles:
  line: {typeface: text, fit: [{size: 12pt, baseline: 4.5mm}, {size: 9pt, baseline: 4.5mm}]}
leaves:
  - front:
      artwork: front.html
      fields:
        addressee: {value: member.addressee, style: line, box: {left: 24mm, top: 40mm, width: 90mm, height: 6mm}}
        serial: {value: issue.serial, style: line, box: {left: 150mm, top: 10mm, width: 45mm, height: 6mm}, required: true}
      codes:
        map: {value: text.map, module: 0.5mm, box: {left: 150mm, top: 240mm, width: 20mm, height: 20mm}}
terms: {addressee: 宛名, serial: 管理番号}
texts: {map: "ROOM-3", told: 事務所が移転します。}
"""
ARTWORK = """<div class="trim" style="font: 14pt 'BIZ UDPGothic'; color: {{ theme.ink }}">
<p style="margin: 80mm 0 0 24mm">{{ issuer.full_name }}の{{ layout.texts.told }}</p></div>
"""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """A project folder of its own, in which only data was added."""
    home = orders.project(tmp_path / "home")
    folder = home / "layouts" / "documents" / NAME
    folder.mkdir()
    (folder / "layout.yaml").write_text(LAYOUT, "utf-8")
    (folder / "front.html").write_text(ARTWORK, "utf-8")
    issuer = home / "layouts" / "issuers" / f"{orders.ISSUER}.yaml"
    entry = f"\ndocuments:\n  {NAME}: {{due: {{policy: registered-not-linked}}, sheet: a4, office_sheet: a4}}\n"
    issuer.write_text(issuer.read_text("utf-8").replace("\ndocuments:\n", entry, 1), "utf-8")
    return Shop(tmp_path / "out", f"sqlite:///{tmp_path}/ledger.sqlite", home)


def test_a_folder_and_a_line_make_a_document(shop: Shop, tmp_path: Path) -> None:
    assert proof(NAME, orders.ISSUER, "", orders.DAY, shop).pdf.startswith(b"%PDF")
    members = orders.write_members(tmp_path / "members.csv", 8)
    report = job.produce(replace(orders.request(members), only=(NAME,)), shop)
    assert report.tally.issued == 8 and {lot.document for lot in report.lots} == {NAME}
    for lot in report.lots:
        read_back = json.loads((lot.folder / "report.json").read_text("utf-8"))["read_back"]
        assert read_back["codes"] == read_back["pieces"] == lot.documents
