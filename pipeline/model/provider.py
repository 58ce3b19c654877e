"""An OpenID provider by which people log in to the desk, as the house's YAML says it."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from pipeline.model.spec import Spec


class ProviderSpec(Spec):
    """The provider; `roles` maps what its role claim says to roles of the desk."""

    issuer: str = Field(description="the provider's address, https; its configuration lies below it")
    client_id: str
    secret_file: str = Field(description="a file beside this one with the client's secret in one line")
    name_claim: str = "preferred_username"
    role_claim: str = "roles"
    roles: dict[str, Literal["operator", "approver", "auditor", "administrator"]]

    @field_validator("issuer")
    @classmethod
    def _safe(cls, told: str) -> str:
        parts = urlsplit(told)
        if parts.scheme != "https" and parts.hostname != "127.0.0.1":
            raise ValueError(f"{told} is not https")
        return told.rstrip("/")
