"""The one error that a user can cause, and the words it owes him.

It lives in the lowest package so that every room can raise it; `twin` re-exports it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any


class TwinError(Exception):
    """Something that a user wrote or gave cannot be used.

    Parameters
    ----------
    what : str
        What is wrong, with the offending value.
    remedy : str
        What would be right.
    file : path-like, optional
        File in which it stands.
    key : str, optional
        Key (dotted path) or column.
    line : int, optional
        Line number, counted from 1.
    zh : (str, str), optional
        The first two in Chinese.
    """

    def __init__(
        self,
        what: str,
        remedy: str,
        *,
        file: str | Path | None = None,
        key: str | None = None,
        line: int | None = None,
        zh: tuple[str, str] | None = None,
    ) -> None:
        self.what = what
        self.remedy = remedy
        self.file = str(file) if file is not None else None
        self.key = key
        self.line = line
        self.zh = zh
        super().__init__(str(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """Rebuild from its parts, since processes pickle errors and SimPy makes them anew."""
        rebuild = partial(TwinError, file=self.file, key=self.key, line=self.line, zh=self.zh)
        return rebuild, (self.what, self.remedy)

    def at(
        self, *, file: str | Path | None = None, key: str | None = None, line: int | None = None
    ) -> TwinError:
        """The same error at another place."""
        return TwinError(self.what, self.remedy, file=file, key=key, line=line, zh=self.zh)

    def told(self, language: str) -> str:
        """As `str`, in Chinese for `zh` where the error has Chinese words."""
        if language != "zh" or self.zh is None:
            return str(self)
        return f"{self.where}：{self.said(language)}" if self.where else self.said(language)

    def said(self, language: str) -> str:
        """What is wrong and what would be right, without the place."""
        if language == "zh" and self.zh is not None:
            return "".join(self.zh)
        return f"{self.what} {self.remedy}"

    @property
    def where(self) -> str:
        """File, line and key as one phrase; empty where none is known."""
        place = self.file or ""
        if self.line is not None:
            place += f", line {self.line}" if place else f"line {self.line}"
        if self.key:
            place += f", {self.key}" if place else self.key
        return place

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.remedy}" if self.where else f"{self.what} {self.remedy}"
