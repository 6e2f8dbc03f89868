"""Names of a model as a project may hold them: letters and digits, space, dot, dash, underscore."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 56
_RESERVED = {"outdoors", "ground", "adiabatic"}


class Names:
    """Plain names, one for each name of the model, unique without regard to case."""

    def __init__(self) -> None:
        self._plain: dict[str, str] = {}
        self._taken = set(_RESERVED)

    def __call__(self, written: str) -> str:
        """The plain name of a written one; the same for the same name in other capitals."""
        key = written.strip().upper()
        if key not in self._plain:
            self._plain[key] = self._free(plain_name(written))
        return self._plain[key]

    def new(self, wish: str) -> str:
        """A name that is not taken yet, near the wish."""
        return self._free(plain_name(wish))

    def _free(self, name: str) -> str:
        found, count = name, 2
        while found.lower() in self._taken:
            found = f"{name} {count}"
            count += 1
        self._taken.add(found.lower())
        return found


def plain_name(written: str) -> str:
    """One name without what a project's names may not hold, at most 56 characters."""
    text = unicodedata.normalize("NFC", written)
    text = "".join(c if c.isalnum() or c in " ._-" else "-" for c in text)
    text = re.sub(r"\s+", " ", text).strip(" .")
    return text[:_LONGEST].strip(" .") or "unnamed"
