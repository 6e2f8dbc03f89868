"""Headers on every answer: what a browser may load, run and tell others of it."""

from __future__ import annotations

from collections.abc import Collection

from dashboards.access.rules import Kind

_EVERYWHERE = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # With no-referrer browsers would send `Origin: null` with our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_REMOVED = frozenset({b"server", b"x-powered-by"})


def policies(script_hashes: Collection[str]) -> dict[Kind, str]:
    """The content security policy for each kind of answer.

    Parameters
    ----------
    script_hashes : collection of str
        Of the scripts that stand in the pages themselves, as `Dash.csp_hashes()` gives them.
    """
    own_scripts = " ".join(["'self'", *script_hashes])
    page = (
        "default-src 'none'; "
        f"script-src {own_scripts}; "
        # Plotly, Mantine and AG Grid write styles as they draw.
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    # A document shows words of projects that others wrote: its scripts, if any got in, are of no origin.
    document = (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
        "font-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "sandbox allow-scripts allow-downloads allow-popups"
    )
    data = "default-src 'none'; frame-ancestors 'none'; sandbox"
    return {"page": page, "asset": page, "document": document, "data": data}


def with_security(
    headers: Collection[tuple[bytes, bytes]], kind: Kind, policy: str
) -> list[tuple[bytes, bytes]]:
    """Headers of an answer, with those that every answer has; a policy of its own stays.

    Parameters
    ----------
    headers : collection of (bytes, bytes)
        Names in lower case.
    kind : Kind
        Of the route.
    policy : str
        For that kind.
    """
    ours = {name.encode(): value.encode() for name, value in _EVERYWHERE.items()}
    kept = [(name, value) for name, value in headers if name not in _REMOVED and name not in ours]
    there = {name for name, _ in kept}
    if b"content-security-policy" not in there:
        ours[b"content-security-policy"] = policy.encode()
    if kind != "asset" and b"cache-control" not in there:
        ours[b"cache-control"] = b"no-store"
    return kept + list(ours.items())
