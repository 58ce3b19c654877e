"""Vendors: which press files they take, which spots; what is wrong is told with its place, exit code 5."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.base.problems import SheetError
from pipeline.craft.vendors import takes
from pipeline.office.materials import load
from tests import orders, planted

SHOP = orders.shop(orders.ROOT / "output")


def test_the_usual_vendors_are_there() -> None:
    told = {name: SHOP.vendor(name).vendor.press for name in SHOP.vendors()}
    assert {name: (press.standard, press.variable, press.plates) for name, press in told.items()} == {
        "house": ("PDF/X-4", False, True),
        "house-vt": ("PDF/X-4", True, True),
        "house-x1a": ("PDF/X-1a:2003", False, True),
        "office": ("PDF/X-4", False, False),
    }
    assert {name for name in SHOP.sheets() if SHOP.sheet(name).vendor == "office"} >= {"a4-office", "a4-1up-card"}


def test_an_unknown_vendor_is_told() -> None:
    with pytest.raises(SheetError) as caught:
        SHOP.vendor("nobody")
    assert caught.value.exit_code == 5
    assert [(problem.code, problem.values["name"]) for problem in caught.value.problems] == [("vendor-unknown", "nobody")]


def test_a_plate_that_the_vendor_does_not_list_is_told() -> None:
    house, office = SHOP.vendor("house"), SHOP.vendor("office")
    takes(house, ("DieLine", "Varnish"), "card")
    takes(office, ("Anything",), "card")  # it gets no plates
    with pytest.raises(SheetError) as caught:
        takes(house, ("DieLine", "Braille"), "card")
    (problem,) = caught.value.problems
    assert (problem.code, problem.place, problem.values["spot"]) == ("vendor-unknown-spot", "house.yaml", "Braille")


def test_an_order_knows_its_vendors() -> None:
    """Another profile or standard is another order: its files are others."""
    materials = load(SHOP, orders.ISSUER, orders.DAY, [planted.CARD])
    told = materials.fingerprints()["vendors"]
    assert told["house"] == SHOP.vendor("house").fingerprint
    kind = materials.kinds[planted.CARD]
    other = replace(materials, kinds={planted.CARD: kind._replace(conditions=SHOP.vendor("house-x1a"))})
    assert other.fingerprints()["vendors"] != told
    conditions = SHOP.vendor("house")
    assert conditions._replace(profile=conditions.profile[:-1] + b"?").fingerprint != conditions.fingerprint


def test_the_same_order_gives_the_same_press_file(tmp_path: Path) -> None:
    for vendor in SHOP.vendors():
        lot = planted.real(planted.CARD, "kyosai", 22)._replace(conditions=planted.conditions(vendor))
        one, other = (planted.press(lot, tmp_path / f"{vendor}-{n}.pdf").read_bytes() for n in range(2))
        assert one == other
