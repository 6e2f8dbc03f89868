"""Where somebody goes on after he has logged in: to what he asked for, if that is here."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from twin.report.style import Language

_LONGEST = 1024


def login_path(language: Language, asked_for: str) -> str:
    """Address of the log-in that leads on to what was asked for."""
    wanted = here_only(asked_for, "")
    tail = f"?next={quote(wanted, safe='')}" if wanted and wanted != f"/{language}" else ""
    return f"/{language}/login{tail}"


def here_only(address: str, otherwise: str) -> str:
    """An address as it may stand in a redirection: a path of this server; else another.

    Parameters
    ----------
    address : str
        As a browser sent it.
    otherwise : str
        What is taken where it leads elsewhere.
    """
    # Browsers read a backslash as a slash, and leave out tabs and line ends.
    odd = any(ord(c) <= 32 or c in "\\\x7f" for c in address)
    if odd or len(address) > _LONGEST or not address.startswith("/") or address.startswith("//"):
        return otherwise
    try:
        parts = urlsplit(address)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else quote(address, safe="/?&=%+:,;@!$'()*~.-_|[]")
