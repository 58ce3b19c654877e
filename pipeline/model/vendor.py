"""A printing company as its YAML says it: which files it takes, for which printing condition, within which limits."""

import hashlib
from typing import Literal, NamedTuple

from pydantic import Field

from pipeline.model.inserter import Inserter
from pipeline.model.spec import Length, Spec

X1A = "PDF/X-1a:2003"
PLAIN_COLOURS = ("Cyan", "Magenta", "Yellow", "Black", "All", "None")  # never the name of a spot


def is_spot_name(name: str) -> bool:
    """Whether a plate may have this name: ASCII, and none that PDF gives a meaning of its own."""
    return name.isascii() and name.isprintable() and bool(name.strip()) and name not in PLAIN_COLOURS


class ProfileSpec(Spec):
    """An ICC profile of `layouts/profiles/profiles.yaml`; the entry's name is the file's."""

    sha256: str
    licence: str = Field(description="file with the licence's text, beside the list")
    source: str


class Intent(Spec):
    """The printing condition that the colours are meant for: the output intent of PDF/X."""

    profile: str = Field(description="a file of `layouts/profiles/profiles.yaml`: a CMYK profile of an output device")
    condition: str = Field(min_length=1, description="OutputConditionIdentifier, e.g. FOGRA39 or JC201103")
    registry: str = Field("", description="registry that has the condition, http://www.color.org; empty: it is the house's own")
    info: str = Field(min_length=1, description="the condition in words")


class PressFile(Spec):
    """What the press file must be."""

    standard: Literal["PDF/X-4", "PDF/X-1a:2003"] = "PDF/X-4"
    variable: bool = Field(False, description="add the keys of PDF/VT-1: document parts and reuse of shared forms")
    intent: Intent
    plates: bool = Field(True, description="whether die lines, perforation, varnish and such are printed, each on its plate")
    spots: tuple[str, ...] = Field((), description="names of the spot plates that this vendor takes, as it writes them")


class Limits(Spec):
    """What the vendor's press and paper bear."""

    ink: int = Field(300, ge=100, le=400, description="sum of the process inks in one place, percent")
    line: Length = Field(100, description="thinnest line")
    text: Length = Field(1_400, description="smallest type size")
    resolution: int = Field(300, ge=72, le=2400, description="least resolution of pictures in their place, dpi")


class Delivery(Spec):
    """How a lot is handed to the vendor. Its own folder is never changed: what is sent is a package made from it."""

    package: Literal["cms", "zip", "none"] = Field(
        "cms", description="envelopes for the vendor's key; a ZIP with a passphrase (legacy); or nothing: it stays in the house"
    )
    certificate: str = Field("", description="the vendor's certificate (PEM), a file beside this one")
    fingerprint: str = Field("", description="its SHA-256, as somebody confirmed it with the vendor by another way")
    signature: Literal["required", "optional"] = Field(
        "required", description="whether a lot may be handed off unsigned where the issuer has no signing key"
    )
    automatic: bool = Field(False, description="whether `produce` makes the package of every lot; envelopes only")


class Vendor(Spec):
    """A printing company. The file's name is its id."""

    title: str
    press: PressFile
    limits: Limits = Limits()
    delivery: Delivery = Delivery()


class Conditions(NamedTuple):
    """What a press file is made for: the vendor's id, what its YAML says, the bytes of its ICC profile, and the inserter whose
    marks stand on the leaves, if the sheet has them."""

    name: str
    vendor: Vendor
    profile: bytes
    inserter: Inserter | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of all that can change a press file, but for the inserter's marks, which have their own."""
        told = self.vendor.press.model_dump_json().encode()
        return hashlib.sha256(told + hashlib.sha256(self.profile).digest()).hexdigest()

    @property
    def has_plates(self) -> bool:
        """Whether spot plates are printed for this vendor."""
        return self.vendor.press.plates
