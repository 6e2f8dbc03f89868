"""`twin serve openadr`: a VTN of OpenADR 3."""

from __future__ import annotations

import json
import sys
from collections.abc import Collection
from pathlib import Path

from twin.links.certificates import certificates_of
from twin.links.openadr3.server import serve


def serve_openadr(
    db: Path,
    *,
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    client_ca: Path | None,
    callback_hosts: Collection[str],
    as_json: bool,
) -> None:
    """Serve a VTN until the process is told to end; says where once it listens.

    Raises
    ------
    TwinError
        See `twin.links.openadr3.server.serve`; also where one of certificate and key is missing.
    """
    files = certificates_of(certificate, key, client_ca)

    def listening(url: str) -> None:
        told = {"url": url, "db": str(db), "tls": files is not None, "client_certificates": bool(client_ca)}
        words = json.dumps(told, ensure_ascii=False) if as_json else f"OpenADR 3 VTN on {url}, {db}"
        sys.stdout.write(words + "\n")
        sys.stdout.flush()

    serve(
        db,
        host=host,
        port=port,
        certificates=files,
        callback_hosts=callback_hosts,
        listening=listening,
    )
