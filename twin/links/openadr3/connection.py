"""A client's connection to a VTN: TLS, tokens, pages of objects, and what an answer means.

The server's certificate is always verified, and without TLS only loopback is spoken to. A token that the VTN
no longer knows is replaced once in a request. What may come right later (no answer, a server's fault) and
what the VTN refuses for good are two errors.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from pydantic import ValidationError

from twin.links.openadr3 import LOOPBACK
from twin.links.openadr3.messages import Object, Problem, Token
from twin.links.openadr3.parsing import BadMessageError, Limits, read, read_all
from weather.errors import TwinError

_O = TypeVar("_O", bound=Object)
_PAGE = 50
_ANSWER = Limits(size=16 << 20, items=2_000_000)
_EARLY_SECONDS = 30.0
_LATER = frozenset({408, 425, 429})


class UnreachableError(Exception):
    """No usable answer: the VTN is away, not the one it says it is, or in trouble. Worth trying again."""


class RefusedError(Exception):
    """The VTN said no; `status` is HTTP's, the words are the VTN's."""

    def __init__(self, status: int, detail: str) -> None:
        self.status = status
        super().__init__(f"{status} {detail}")


class Connection:
    """One client at one VTN. Not for several threads at once.

    Parameters
    ----------
    base_url : str
        Such as `https://vtn.example/openadr3/3.0.1`.
    client_id, client_secret : str
        Credentials of OAuth 2.
    authority : path-like, optional
        Who must have signed the VTN's certificate (PEM); default the system's.
    certificate : (path-like, path-like), optional
        The client's own certificate and key, where the VTN asks for one.
    timeout : float
        Seconds until an answer is given up.

    Raises
    ------
    TwinError
        If the address is not https (or loopback), or a file cannot be used.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        authority: Path | None = None,
        certificate: tuple[Path, Path] | None = None,
        timeout: float = 10.0,
    ) -> None:
        try:
            address = httpx.URL(base_url)
        except httpx.InvalidURL as error:
            raise TwinError(
                f"{base_url!r} is no address: {error}.", "Give an https URL.", key="vtn"
            ) from None
        if address.scheme != "https" and not (address.scheme == "http" and address.host in LOOPBACK):
            raise TwinError(f"{base_url!r} would carry the secret in clear.", "Give an https URL.", key="vtn")
        try:
            context = ssl.create_default_context(cafile=authority)
            if certificate is not None:
                context.load_cert_chain(*certificate, password="")
        except (OSError, ssl.SSLError) as error:
            raise TwinError(
                f"a certificate cannot be used: {error}.", "Give PEM files.", file=authority, key="authority"
            ) from None
        self._base = base_url.rstrip("/")
        self._credentials = {"client_id": client_id, "client_secret": client_secret}
        self._http = httpx.Client(verify=context, timeout=timeout, trust_env=False, follow_redirects=False)
        self._held: str | None = None
        self._good_until = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._http.close()

    # --- objects ----------------------------------------------------------------------------------------

    def search(self, model: type[_O], path: str, **where: str) -> list[_O]:
        """All objects of a collection that the client may see, page by page.

        Raises
        ------
        UnreachableError, RefusedError
        """
        found: list[_O] = []
        while True:
            page = {"skip": str(len(found)), "limit": str(_PAGE), **where}
            body = self._ask("GET", path, params=page)
            try:
                part = read_all(model, body, _ANSWER)
            except BadMessageError as bad:
                raise UnreachableError(f"the VTN answered what is not of the contract: {bad}") from None
            found += part
            if len(part) < _PAGE:
                return found

    def get(self, model: type[_O], path: str) -> _O:
        """One object."""
        return self._parsed(model, self._ask("GET", path))

    def post(self, path: str, sent: _O) -> _O:
        """Create an object; returns it as the VTN keeps it."""
        return self._parsed(type(sent), self._ask("POST", path, sent.wire()))

    def put(self, path: str, sent: _O) -> _O:
        """Replace an object."""
        return self._parsed(type(sent), self._ask("PUT", path, sent.wire()))

    def delete(self, path: str) -> None:
        """Take an object away."""
        self._ask("DELETE", path)

    def _parsed(self, model: type[_O], body: bytes) -> _O:
        try:
            return read(model, body, _ANSWER)
        except BadMessageError as bad:
            raise UnreachableError(f"the VTN answered what is not of the contract: {bad}") from None

    # --- requests ---------------------------------------------------------------------------------------

    def _ask(
        self, method: str, path: str, body: str | None = None, params: Mapping[str, str] | None = None
    ) -> bytes:
        """Ask with a token, and once more with a new one where the VTN knows it no longer."""
        for last in (False, True):
            headers = {"Authorization": f"Bearer {self._token()}"}
            if body is not None:
                headers["Content-Type"] = "application/json"
            request = self._http.build_request(
                method, f"{self._base}/{path}", content=body, params=params, headers=headers
            )
            status, answer = self._exchange(request)
            if status == 401 and not last:
                self._held = None
                continue
            return _judged(status, answer)
        raise AssertionError("unreachable")

    def _token(self) -> str:
        if self._held is not None and time.monotonic() < self._good_until:
            return self._held
        form = {"grant_type": "client_credentials", **self._credentials}
        request = self._http.build_request("POST", f"{self._base}/auth/token", data=form)
        answer = _judged(*self._exchange(request))
        try:
            token = Token.model_validate_json(answer)
        except ValidationError:
            raise UnreachableError("the VTN answered with no token.") from None
        self._held = token.access_token
        seconds = 3600 if token.expires_in is None else token.expires_in
        self._good_until = time.monotonic() + max(seconds - _EARLY_SECONDS, seconds / 2)
        return self._held

    def _exchange(self, request: httpx.Request) -> tuple[int, bytes]:
        try:
            answer = self._http.send(request, stream=True)
            try:
                parts: list[bytes] = []
                length = 0
                for part in answer.iter_bytes():
                    length += len(part)
                    if length > _ANSWER.size:
                        raise UnreachableError(f"the answer has more than {_ANSWER.size} bytes.")
                    parts.append(part)
            finally:
                answer.close()
        except httpx.HTTPError as error:
            raise UnreachableError(f"{type(error).__name__}: {error}") from error
        return answer.status_code, b"".join(parts)


def _judged(status: int, answer: bytes) -> bytes:
    if 200 <= status < 300:
        return answer
    if status >= 500 or status in _LATER or status < 400:
        raise UnreachableError(f"the VTN answered {status}.")
    try:
        said = read(Problem, answer)
        detail = said.detail or said.title or "without a word"
    except BadMessageError:
        detail = "without a problem document"
    raise RefusedError(status, detail)
