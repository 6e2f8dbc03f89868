"""Settings of the VTN of 2.0b: one YAML file."""

from __future__ import annotations

import re
import ssl
from datetime import timedelta
from pathlib import Path
from typing import Annotated

from openleadr.utils import certificate_fingerprint
from pydantic import AfterValidator, Field

from buildings.description.base import Described, Key
from buildings.description.text_file import file_text
from twin.links.openadr3 import LOOPBACK
from twin.links.settings_file import read_settings
from weather.errors import TwinError

_FINGERPRINT = re.compile(r"([0-9A-F]{2}:){9}[0-9A-F]{2}")


def _fingerprint(text: str) -> str:
    if _FINGERPRINT.fullmatch(text.upper()) is None:
        raise ValueError(f"'{text}' is no fingerprint; write ten bytes such as 5E:80:2C:F9:90:A0:FA:42:44:37")
    return text.upper()


Fingerprint = Annotated[str, AfterValidator(_fingerprint)]
"""The last ten bytes of the SHA-256 of a certificate, in hexadecimal."""


class KnownVen(Described):
    """A VEN that is let in."""

    name: Annotated[str, Field(min_length=1, max_length=128)] = Field(description="venName.")
    fingerprint: Fingerprint | None = Field(default=None, description="Of its certificate.")
    certificate: Key | None = Field(
        default=None, description="Its certificate (PEM), of which the fingerprint is taken."
    )


class Vtn2Settings(Described):
    """The VTN of 2.0b; files are looked for in the folder of the settings."""

    db: Key = Field(description="File of the OpenADR 3 VTN (SQLite); both may run.")
    vtn_id: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        default="PEDF-TWIN", description="vtnID."
    )
    host: Key = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8444, description="0 takes a free one.")
    certificate: Key | None = Field(default=None, description="The server's certificate (PEM).")
    key: Key | None = Field(default=None, description="Its key (PEM, without a password).")
    authority: Key | None = Field(default=None, description="Who signed the certificates of VENs (PEM).")
    signed: bool = Field(
        default=True, description="Messages over TLS must be signed too; false for VENs that do not."
    )
    poll: Annotated[float, Field(ge=1.0, le=3600.0)] = Field(
        default=10.0, description="Seconds between polls that VENs are asked for."
    )
    vens: tuple[KnownVen, ...] = Field(min_length=1, max_length=100_000, description="Who is let in.")

    @property
    def poll_frequency(self) -> timedelta:
        """Time between polls."""
        return timedelta(seconds=self.poll)

    @property
    def by_tls(self) -> bool:
        """Whether TLS is spoken."""
        return self.certificate is not None


def read_vtn2_settings(path: Path) -> Vtn2Settings:
    """Read settings; paths become whole ones, certificates of VENs their fingerprints.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    settings, _ = read_settings(path, Vtn2Settings, ("db", "certificate", "key", "authority"))
    given = [settings.certificate, settings.key, settings.authority]
    if any(given) != all(given):
        raise TwinError(
            "TLS needs the server's certificate, its key, and who signed those of VENs.",
            "Give certificate, key and authority, or none of them.",
            file=path,
            key="certificate",
        )
    if not settings.by_tls and settings.host not in LOOPBACK:
        raise TwinError(
            f"without certificates nobody would be known on {settings.host}.",
            "Give certificate, key and authority, or listen on 127.0.0.1.",
            file=path,
            key="certificate",
        )
    vens = tuple(_with_fingerprint(one, i, settings, path) for i, one in enumerate(settings.vens))
    for what in ("name", "fingerprint"):
        found = [value for one in vens if (value := getattr(one, what))]
        if len(set(found)) < len(found):
            twice = next(value for value in found if found.count(value) > 1)
            raise TwinError(
                f"two VENs have the {what} {twice!r}.", "Give each its own.", file=path, key="vens"
            )
    return settings.model_copy(update={"vens": vens})


def _with_fingerprint(one: KnownVen, place: int, settings: Vtn2Settings, path: Path) -> KnownVen:
    if one.certificate is not None:
        own = fingerprint_of(path.parent / one.certificate)
        if one.fingerprint not in (None, own):
            raise TwinError(
                f"the certificate of {one.name!r} has the fingerprint {own}.",
                "Give only the certificate, or the fingerprint that it has.",
                file=path,
                key=f"vens[{place}].fingerprint",
            )
        return one.model_copy(update={"fingerprint": own})
    if one.fingerprint is None and settings.by_tls:
        raise TwinError(
            f"the VEN {one.name!r} has no fingerprint.",
            "Give the fingerprint of its certificate, or the certificate.",
            file=path,
            key=f"vens[{place}].fingerprint",
        )
    return one


def fingerprint_of(certificate: Path) -> str:
    """Fingerprint of the first certificate in a PEM file.

    Raises
    ------
    TwinError
        If there is none.
    """
    text = file_text(certificate, 1_000_000, missing="Name a certificate (PEM).", split="It holds too much.")
    begin, end = text.find(ssl.PEM_HEADER), text.find(ssl.PEM_FOOTER)
    try:
        return str(certificate_fingerprint(text[begin : end + len(ssl.PEM_FOOTER)]))
    except ValueError:
        raise TwinError(
            "the file holds no certificate.", "Give a PEM file.", file=certificate, key="certificate"
        ) from None
