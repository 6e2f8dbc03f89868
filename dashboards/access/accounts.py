"""The accounts of a workspace: one file with users, sessions, counts of tries, and the key of forms."""

from __future__ import annotations

import hmac
from pathlib import Path

from dashboards.access.login_rate import LoginRate
from dashboards.access.records import Records
from dashboards.access.sessions import Sessions
from dashboards.access.users import Users

FILE = Path(".twin", "users.sqlite")
"""Where it lies in a workspace."""


class Accounts:
    """What the guard and the log-in ask.

    Parameters
    ----------
    workspace : Path
        Its file is made, readable for its owner alone, if it is not there.

    Raises
    ------
    TwinError
        The file cannot be used.
    """

    def __init__(self, workspace: Path) -> None:
        self._records = Records(workspace / FILE)
        self.users = Users(self._records)
        self.sessions = Sessions(self._records)
        self.rate = LoginRate(self._records)

    def close(self) -> None:
        """Let go of the file."""
        self._records.close()

    @property
    def cookie(self) -> str:
        """Name of the cookie: cookies know no ports, so that two servers of one machine need two names."""
        return "twin-" + self._records.seal("name of the cookie", b"").hex()[:8]

    def form_token(self, purpose: str, bound_to: str) -> str:
        """What a form carries, so that no other page can have made it.

        Parameters
        ----------
        purpose : str
            Which form.
        bound_to : str
            Secret of the browser that was shown it: its session, or a cookie before there is one.
        """
        return self._records.seal(f"form {purpose}", bound_to.encode("utf-8", "replace")).hex()

    def form_is_ours(self, purpose: str, bound_to: str | None, token: str) -> bool:
        """Whether a form that came back is one that this browser was shown."""
        if not bound_to:
            return False
        right = self.form_token(purpose, bound_to).encode()
        return hmac.compare_digest(right, token.encode("utf-8", "replace"))
