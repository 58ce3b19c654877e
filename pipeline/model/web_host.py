"""A host that 2D codes may lead to, as `layouts/web-addresses.yaml` says it."""

from datetime import date

from pydantic import Field

from pipeline.model.spec import Spec


class WebHost(Spec):
    """A host of web addresses. Its key in the YAML is its name, e.g. www.example.go.jp."""

    owner: str = Field(description="whose it is")
    source: str = Field(description="who names the site")
    checked: date | None = Field(description="day on which somebody opened the addresses; null: nobody has yet")
