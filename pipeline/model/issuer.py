"""An insurer as its YAML says it: vocabulary, colours, seal, and which policy decides what."""

from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, Field

from pipeline.model.spec import Cmyk, Spec


class Policy(Spec):
    """A named rule of `rules/` and its settings; the rule checks them and lists the known names."""

    model_config = ConfigDict(extra="allow", frozen=True)

    policy: str

    @property
    def settings(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class SealImage(Spec):
    """A seal is bound to the issuer, a span of days and the hash of its image."""

    image: str = Field(description="SVG or PNG beside the issuer's YAML")
    sha256: str
    valid_from: date
    valid_until: date | None = None


class DocumentPolicy(Spec):
    """How this issuer issues one document type."""

    due: Policy = Field(description="who gets it")
    expiry: Policy = Field(default=Policy(policy="none"), description="until when it is valid")
    sheet: str = Field(description="press sheet for a lot")
    office_sheet: str = Field(description="sheet for one piece on the office printer")
    reissue_fee: int = Field(0, ge=0, description="yen")
    fee_waived_for: tuple[str, ...] = ()


class Issuer(Spec):
    """An insurer."""

    insurer_number: str = Field(pattern=r"^(\d{8}|\d{6})$")
    kind: Literal["kyokai", "kenpo", "kyosai", "kokuho"]
    name: str
    division: str = Field("", description="支部")
    postcode: str
    address: str
    phone: str
    desk: str = Field("", description="who answers questions")
    vocabulary: dict[str, str] = Field(description="labels: insured, dependant, symbol, number …")
    theme: dict[str, Cmyk] = Field(description="colours by name, CMYK in percent; `ink` is needed")
    seals: tuple[SealImage, ...] = Field(min_length=1)
    branch_number: Literal["required", "optional", "none"] = "required"
    characters: Policy = Field(default=Policy(policy="keep"), description="what becomes of a character no typeface has")
    channels: dict[str, str] = Field(description="standing (employed, voluntary, special) → employer, home or web")
    slip_sheet: str = Field("a4", description="sheet for slips that go with a lot, e.g. the delivery note")
    documents: dict[str, DocumentPolicy]
    texts: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Name with its branch office (支部), as printed."""
        return f"{self.name} {self.division}".strip()
