"""A declared typeface as `fonts/typefaces.yaml` says it."""

from typing import Literal

from pydantic import Field

from pipeline.model.spec import Spec


class TypefaceSpec(Spec):
    """One typeface file. Its key in the YAML is the id that layouts use."""

    file: str = Field(description="TrueType file beside typefaces.yaml")
    family: str = Field(description="family name inside the file, for WeasyPrint")
    weight: Literal["400", "700"] = Field(description="weight inside the family")
    version: str = Field(description="version inside the file")
    sha256: str = Field(pattern="^[0-9a-f]{64}$", description="checksum of the file; another file is refused")
    licence: str = Field(description="file with the licence's text")
    source: str = Field(description="where the file comes from")
