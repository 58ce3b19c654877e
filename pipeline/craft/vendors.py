"""From a vendor's YAML to the conditions a press file is made for: its ICC profile is the declared file, and a press's.

Vendors live in `layouts/vendors/<vendor>.yaml`, their profiles are listed in `layouts/profiles/profiles.yaml`. ICC.1:2022, 7.2:
the header names the device class at byte 12 and the colour space at byte 16.
"""

from collections.abc import Iterable
from pathlib import Path

from pipeline.base.problems import Problem, SheetError
from pipeline.craft.spec_faults import near, validate
from pipeline.craft.specs import missing, part, sha256_of
from pipeline.craft.yamlfile import load
from pipeline.model.vendor import X1A, Conditions, ProfileSpec, Vendor, is_spot_name

PROFILES = "profiles.yaml"
_HEADER = 128
_PROFILE_OF_PDF_1_4 = 2  # ICC version; ISO 15930-4 builds on PDF 1.4


def read_vendor(path: Path) -> Conditions:
    """Read and check a vendor and its profile; SheetError with every problem, places read `house.yaml:12:5`."""
    source = load(path, SheetError)
    vendor = validate(Vendor, source, SheetError)
    problems = [
        Problem("vendor-bad-spot", source.where(("press", "spots", number)), {"name": name[:60]})
        for number, name in enumerate(vendor.press.spots)
        if not is_spot_name(name) or name in vendor.press.spots[:number]
    ]
    profiles, name = read_profiles(path.parent.parent / "profiles"), vendor.press.intent.profile
    if name not in profiles:
        at = source.where(("press", "intent", "profile"))
        problems.append(Problem("vendor-unknown-profile", at, {"name": name[:60], "known": near(name, profiles) or "—"}))
    elif vendor.press.standard == X1A and profiles[name][8] > _PROFILE_OF_PDF_1_4:
        at = source.where(("press", "intent", "profile"))
        problems.append(Problem("vendor-profile-too-new", at, {"name": name, "version": profiles[name][8]}))
    if vendor.press.standard == X1A and vendor.press.variable:
        problems.append(Problem("vendor-variable-needs-x4", source.where(("press", "variable"))))
    if vendor.delivery.automatic and vendor.delivery.package != "cms":
        problems.append(Problem("vendor-automatic-needs-key", source.where(("delivery", "automatic"))))
    if file := vendor.delivery.certificate:
        problems += missing(path.parent, file, source.where(("delivery", "certificate")), "vendor-key-missing")
    if problems:
        raise SheetError(problems)
    return Conditions(path.stem, vendor, profiles[name])


def takes(conditions: Conditions, spots: Iterable[str], document: str) -> None:
    """SheetError for every spot plate of a document that the vendor does not list."""
    known = conditions.vendor.press.spots
    unknown = [spot for spot in spots if spot not in known] if conditions.has_plates else []
    values = {"document": document, "known": "、".join(known) or "—"}
    if unknown:
        raise SheetError(Problem("vendor-unknown-spot", f"{conditions.name}.yaml", {"spot": one} | values) for one in unknown)


def read_profiles(folder: Path) -> dict[str, bytes]:
    """The declared ICC profiles by file name, each checked against its checksum; SheetError with every problem."""
    source = load(folder / PROFILES, SheetError)
    if not isinstance(source.value, dict):
        raise SheetError(Problem("spec-not-a-mapping", source.where(())))
    problems: list[Problem] = []
    found: dict[str, bytes] = {}
    for name in source.value:
        try:
            spec = validate(ProfileSpec, part(source, name), SheetError)
        except SheetError as error:
            problems += error.problems
            continue
        at = source.where((name,), key=True)
        absent = [
            *missing(folder, name, at, "profile-missing"),
            *missing(folder, spec.licence, source.where((name, "licence")), "profile-no-licence"),
        ]
        problems += absent
        if absent:
            continue
        if sha256_of(folder / name) != spec.sha256:
            problems.append(Problem("profile-changed", source.where((name, "sha256")), {"name": name}))
            continue
        data = (folder / name).read_bytes()
        if fault := _class_fault(data):
            problems.append(Problem("profile-wrong-class", at, {"name": name, "found": fault}))
        found[name] = data
    if problems:
        raise SheetError(problems)
    return found


def _class_fault(data: bytes) -> str:
    """What a file is instead of the CMYK profile of an output device."""
    if len(data) < _HEADER or data[36:40] != b"acsp" or int.from_bytes(data[:4], "big") != len(data):
        return "—"
    kind, space = data[12:16], data[16:20]
    return "" if (kind, space) == (b"prtr", b"CMYK") else (kind + b" " + space).decode("ascii", "replace")
