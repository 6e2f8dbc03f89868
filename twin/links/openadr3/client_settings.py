"""Settings of a client at somebody's VTN: where it is, who we are, whom we trust; secrets stand elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import Field

from buildings.description.base import Described, Key
from buildings.description.yaml_text import Node
from twin.links.openadr3.connection import Connection
from twin.links.secrets_file import secret_pair
from twin.links.settings_file import read_settings
from weather.errors import TwinError

CLIENT_ID, CLIENT_SECRET = "TWIN_OPENADR_CLIENT_ID", "TWIN_OPENADR_CLIENT_SECRET"
"""Names in the environment."""


class ClientSettings(Described):
    """A client at somebody's VTN, such as business logic (BL) that calls; files lie beside the settings."""

    vtn: Key = Field(
        description="Base URL, such as https://vtn.example/openadr3/3.0.1 or .../OpenADR2/Simple/2.0b."
    )
    credentials: Key | None = Field(
        default=None,
        description="JSON file with client_id and client_secret, as `twin serve openadr-clients add --json` "
        f"prints it; without it {CLIENT_ID} and {CLIENT_SECRET} of the environment.",
    )
    authority: Key | None = Field(default=None, description="Who signed the VTN's certificate (PEM).")
    certificate: Key | None = Field(default=None, description="The client's own certificate (PEM).")
    key: Key | None = Field(default=None, description="Its key (PEM, without a password).")


_S = TypeVar("_S", bound=ClientSettings)


def read_client_settings(path: Path, model: type[_S], files: Sequence[str] = ()) -> tuple[_S, Node]:
    """Read settings; paths in them, and those under the keys `files`, become whole ones.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    own = ("credentials", "authority", "certificate", "key")
    settings, node = read_settings(path, model, (*own, *files))
    if (settings.certificate is None) != (settings.key is None):
        place = node.value.get("certificate", node)
        raise TwinError(
            "a certificate goes with its key.", "Give both, or neither.",
            file=node.file, key="certificate", line=place.line,
        )  # fmt: skip
    return settings, node


def credentials_of(settings: ClientSettings) -> tuple[str, str]:
    """Client id and secret.

    Raises
    ------
    TwinError
        If they are nowhere; what was read is not told.
    """
    found = secret_pair(
        settings.credentials,
        ("client_id", "client_secret"),
        (CLIENT_ID, CLIENT_SECRET),
        "what `twin serve openadr-clients add --json` prints",
    )
    if found is None:
        raise TwinError(
            "no credentials are given.",
            f"Name a file under 'credentials', or set {CLIENT_ID} and {CLIENT_SECRET}.",
            key="credentials",
        )
    return found


def connected(settings: ClientSettings) -> Connection:
    """A connection by settings.

    Raises
    ------
    TwinError
        No credentials, an address that is not safe, or a file that cannot be used.
    """
    client, secret = credentials_of(settings)
    own = None
    if settings.certificate is not None and settings.key is not None:
        own = Path(settings.certificate), Path(settings.key)
    authority = None if settings.authority is None else Path(settings.authority)
    return Connection(settings.vtn, client, secret, authority=authority, certificate=own)
