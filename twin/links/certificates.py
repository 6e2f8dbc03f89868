"""The files of a server's TLS: what the commands take, tried out before anything is served."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weather.errors import TwinError


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of the server's TLS.

    Parameters
    ----------
    certificate, key : path-like
        The server's, PEM.
    client_ca : path-like, optional
        Who must have signed the certificates of clients; without it none is asked for.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


def certificates_of(
    certificate: Path | None, key: Path | None, client_ca: Path | None
) -> Certificates | None:
    """The files that a command's options name; None where they name none.

    Raises
    ------
    TwinError
        If one of certificate and key is missing.
    """
    if (certificate is None) != (key is None) or (client_ca is not None and certificate is None):
        raise TwinError(
            "TLS needs a certificate and its key.",
            "Give both --certificate and --key; --client-ca only with them.",
            key="--certificate" if certificate is None else "--key",
        )
    return Certificates(certificate, key, client_ca) if certificate and key else None


def refuse_unusable(certificates: Certificates) -> None:
    """Try the files out, so that the wrong one is named.

    Raises
    ------
    TwinError
        If certificate and key cannot be read or do not belong together, or the authority cannot be read.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Uvicorn would ask a terminal for the password of an encrypted key.
        context.load_cert_chain(certificates.certificate, certificates.key, password="")
    except (OSError, ssl.SSLError) as error:
        raise TwinError(
            f"certificate and key cannot be used: {error}.",
            "Give PEM files that belong together, the key without a password.",
            file=certificates.certificate,
            key="--certificate",
        ) from None
    if certificates.client_ca is None:
        return
    try:
        context.load_verify_locations(certificates.client_ca)
    except (OSError, ssl.SSLError) as error:
        raise TwinError(
            f"the clients' authority cannot be read: {error}.",
            "Give its certificate as a PEM file.",
            file=certificates.client_ca,
            key="--client-ca",
        ) from None


def tls_options(certificates: Certificates | None) -> dict[str, Any]:
    """What uvicorn's configuration is told of them."""
    if certificates is None:
        return {}
    authority = certificates.client_ca
    return {
        "ssl_certfile": certificates.certificate,
        "ssl_keyfile": certificates.key,
        "ssl_ca_certs": None if authority is None else str(authority),
        "ssl_cert_reqs": ssl.CERT_NONE if authority is None else ssl.CERT_REQUIRED,
    }
