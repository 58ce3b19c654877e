"""An insurer as its YAML says it: vocabulary, colours, seal, and which policy decides what."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, Field

from pipeline.base.problems import LayoutError, Problem
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
    gate: Policy = Field(default=Policy(policy="any-day"), description="on which days of issue it may be issued at all")
    channels: dict[Literal["employed", "voluntary", "special"], Literal["employer", "home", "web"]] = Field(
        default_factory=dict, description="standing → channel, where this document goes another way than the issuer's others"
    )
    web: bool = Field(True, description="whether it is given on the Web to who wishes so; else it goes as for the standing")
    sheet: str = Field(description="press sheet for a lot")
    office_sheet: str = Field(description="sheet for one piece on the office printer")
    reissue_fee: int = Field(0, ge=0, description="yen")
    fee_waived_for: tuple[str, ...] = Field((), description="reasons of a reissue that cost nothing, e.g. theft, disaster")
    fee_first: bool = Field(True, description="whether the payment must be confirmed before the reissue")
    invoice: str = Field("", description="document type of the invoice for the fee; none: the office has its own")
    reissue_for: tuple[str, ...] = Field((), description="the only reasons for which it is reissued; none: any reason")
    reissue_expiry: Literal["restart", "keep"] = Field(
        "restart", description="whether a reissue's validity begins anew or keeps its last day"
    )


class EnclosurePolicy(Spec):
    """When a paper goes with a lot: about the lot, about each of its bundles, or the same for everybody."""

    sheet: str = Field("a4", description="press sheet")
    documents: tuple[str, ...] = Field((), description="document types of the lots it goes with; none: all")
    channels: tuple[str, ...] = Field((), description="channels of the lots it goes with; none: all")
    copies: Literal["document", "bundle", "lot", "order"] = Field(
        "lot", description="of a public paper: one a document, a bundle, a lot, or one for the office with the order"
    )


class DatedText(Spec):
    """A wording and the first day of issue on which it stands."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True, serialize_by_alias=True)

    begins: date = Field(alias="from", description="first day of issue with this wording")
    text: str | tuple[str, ...]


class ReturnRule(Spec):
    """What becomes of a document that is not needed or not valid any more. Directly: to the insurer itself."""

    action: Literal["return", "dispose", "keep"]
    through: Literal["employer", "insurer"] = Field("employer", description="of employed members; others return directly")
    days: int | None = Field(None, ge=1, le=60, description="days in which it is to be returned")
    at_will: bool = Field(False, description="whether it may also be disposed of (or returned) as the member likes")
    text: str = Field(description="the issuer's own words")
    source: str


class Promise(Spec):
    """From when and until when something takes effect, counted from the receipt; days or months."""

    least: int = Field(ge=0, le=120)
    most: int = Field(ge=0, le=120)
    unit: Literal["days", "months"]
    source: str


class Mailing(Spec):
    """One mailing or publication of the calendar: which population gets which documents, when and how."""

    documents: tuple[str, ...] = Field(description="document types")
    standings: tuple[Literal["employed", "voluntary", "special"], ...] = ("employed", "voluntary", "special")
    joined_from: date | None = Field(None, description="first day of joining of this population")
    joined_until: date | None = Field(None, description="the extraction: who joined later comes with the next mailing")
    begins: date = Field(description="first day of mailing or publication")
    ends: date | None = Field(None, description="last day of a publication")
    channel: Literal["employer", "home", "web"]
    source: str


class Advice(Spec):
    """A row of the counter's decision table: the first whose conditions hold is what is said and handed out."""

    valid: bool | None = Field(None, description="only where the member's certificate is (not) within its validity")
    card: bool | None = Field(None, description="only for members with (without) マイナ保険証")
    say: tuple[str, ...] = Field(min_length=1)
    submit: bool = Field(False, description="whether the text `submit_to` is told too")
    hand_out: tuple[str, ...] = Field((), description="titles of the papers to hand out")
    hand_out_direct: tuple[str, ...] = Field((), description="the same for 任意継続 and 特例退職; none: as for others")
    returns: str = Field("", description="a key of `returns` whose rule is told too")
    promise: str = Field("", description="a key of `promises` that is told too")
    fee: bool = Field(False, description="whether the reissue's fee is told too")
    source: str


class Retention(Spec):
    """How long an order's personal data is kept, in years; the figures are OURS."""

    years: int = Field(5, ge=1, le=100, description="after the last piece that has an end was no longer in force")
    undated_years: int = Field(10, ge=1, le=100, description="after the day of issue of pieces in force that have no end")


Situation = Literal["left", "expired", "registered", "old-card", "old-card-ended", "no-expiry", "short-term"]
Promised = Literal["ex-officio", "on-application", "deregistration", "registration", "usable", "reissue"]


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
    spots: dict[str, str] = Field(
        default_factory=dict,
        description="grounds that have a plate of their own: colour of the theme → the plate's name; where a vendor has no"
        " spot plates, and on screens, the theme's CMYK stands for it",
    )
    seals: tuple[SealImage, ...] = Field(min_length=1)
    branch_number: Literal["required", "optional", "none"] = "required"
    characters: Policy = Field(default=Policy(policy="keep"), description="what becomes of a character no typeface has")
    numbers: Policy = Field(default=Policy(policy="as-registered"), description="how symbol and number are printed")
    addresses: Policy = Field(default=Policy(policy="as-delivered"), description="which address may stand where")
    plausibility: Policy = Field(default=Policy(policy="usual"), description="what is too improbable to be printed unasked")
    approval: Literal["required", "waived"] = Field(
        "required", description="whether press files are made of approved artwork only (校了), or of any"
    )
    code_signature: Literal["none", "optional", "required"] = Field(
        "none", description="whether the 2D codes of members' documents are signed (SK2, OURS); optional: where there is a key"
    )
    channels: dict[str, str] = Field(description="standing (employed, voluntary, special) → employer, home or web")
    documents: dict[str, DocumentPolicy]
    retention: Retention = Field(default_factory=Retention, description="when `shikaku purge` erases (OURS: 5 and 10 years)")
    inserter: str = Field("", description="profile of the inserter that reads the mark of cover sheets")
    enclosures: dict[str, EnclosurePolicy] = Field(default_factory=dict, description="papers that go with the lots")
    texts: dict[str, str | tuple[str, ...] | tuple[DatedText, ...]] = Field(
        default_factory=dict, description="wording of this issuer; a list of `from` and `text` is chosen by the day of issue"
    )
    returns: dict[Situation, ReturnRule] = Field(default_factory=dict, description="what is returned, and what is not")
    promises: dict[Promised, Promise] = Field(default_factory=dict, description="how long things take")
    mailings: tuple[Mailing, ...] = Field((), description="the calendar")
    counter: dict[str, tuple[Advice, ...]] = Field(
        default_factory=dict, description="what the counter says: by a decision's reason or by a situation"
    )

    @property
    def full_name(self) -> str:
        """Name with its branch office (支部), as printed."""
        return f"{self.name} {self.division}".strip()


def texts_on(issuer: Issuer, day: date) -> Mapping[str, str | tuple[str, ...]]:
    """The issuer's wording for a document issued on `day`. LayoutError for a text none of whose wordings has begun."""
    chosen: dict[str, str | tuple[str, ...]] = {}
    problems = []
    for name, text in issuer.texts.items():
        dated = [one for one in text if isinstance(one, DatedText)] if isinstance(text, tuple) else []
        if not dated:
            chosen[name] = text  # type: ignore[assignment]  # an empty list is an empty text
            continue
        begun = [one for one in dated if one.begins <= day]
        if begun:
            chosen[name] = max(begun, key=lambda one: one.begins).text
        else:
            first = min(one.begins for one in dated)
            problems.append(Problem("issuer-text-not-in-effect", f"texts.{name}", {"day": day, "first": first}))
    if problems:
        raise LayoutError(problems)
    return chosen
