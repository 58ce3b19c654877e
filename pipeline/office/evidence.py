"""What an approval is given on: fingerprints of everything that the artwork's look depends on, by name.

`artwork` (the compiled template) and `vendor` (the printing condition) decide whether an approval still holds. The others only
say, in the words of the office, what has changed when it does not.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from pipeline.craft import specs, typesetter
from pipeline.model.issuer import texts_on
from pipeline.office.enclosures import Paper
from pipeline.office.planning import Kind
from pipeline.office.shop import Shop
from pipeline.stages.compile import valid_seal

ARTWORK, VENDOR = "artwork", "vendor"
NAMES = {
    "layout": "レイアウト",
    "issuer": "保険者の設定（名称・配色など）",
    "wording": "保険者の文言",
    "seal": "公印",
    "typefaces": "書体",
    "program": "組版プログラム",
    VENDOR: "印刷会社の印刷条件",
}
_LOOKS = ("insurer_number", "kind", "name", "division", "postcode", "address", "phone", "desk", "vocabulary", "theme")


class Evidence(NamedTuple):
    """Name → fingerprint."""

    fingerprints: Mapping[str, str]

    def holds(self, now: "Evidence", in_house: bool = False) -> bool:
        """Whether what was approved would still be printed; in the house, by another printer than the vendor's."""
        decisive = (ARTWORK,) if in_house else (ARTWORK, VENDOR)
        return all(self.fingerprints.get(name) == now.fingerprints[name] for name in decisive)

    def changed(self, now: "Evidence") -> list[str]:
        """What is different now, in the office's words; never empty where the approval does not hold."""
        found = [told for name, told in NAMES.items() if self.fingerprints.get(name) != now.fingerprints[name]]
        return found or ["印刷用の版下"]


def evidence_of(document: str, issuer_id: str, day: date, kind: Kind | Paper, shop: Shop) -> Evidence:
    """The evidence of a document type as it would be printed for an issuer on a day."""
    issuer, layout, template = shop.issuer(issuer_id), kind.layout, kind.template
    folder = shop.root / "layouts" / "documents" / document
    assets = specs.read_assets(folder, shop.root / "layouts" / "parts")
    seal = valid_seal(issuer, day)
    looks = {name: value for name, value in issuer.model_dump(mode="json").items() if name in _LOOKS}
    return Evidence(
        {
            ARTWORK: template.fingerprint,
            VENDOR: kind.conditions.fingerprint,
            "layout": _digest([layout.model_dump(mode="json"), {name: _sha256(data) for name, data in assets.items()}]),
            "issuer": _digest(looks),
            "wording": _digest(texts_on(issuer, day)),
            "seal": seal.sha256 if seal else "",
            "typefaces": _digest({name: shop.typefaces()[name].sha256 for name in template.typefaces}),
            "program": _digest(typesetter.version()),
        }
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _digest(value: object) -> str:
    return _sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())
