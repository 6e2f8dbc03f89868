"""Errors in the reader's language: the sentences of `TwinError` from the catalogues `locales/errors`.

It is read by those who show errors. What is in no catalogue stays English.
"""

from __future__ import annotations

from twin.report.style import Language
from twin.sentences import chinese, ended
from weather.errors import TwinError

ERRORS = "errors"
"""The catalogues."""


def told(error: TwinError, language: Language) -> str:
    """Where something is wrong, what, and what would be right.

    Parameters
    ----------
    error : TwinError
    language : {"zh", "en"}

    Returns
    -------
    str
        In Chinese as far as it is known in Chinese, with the error's own Chinese words where it has them.
    """
    if language != "zh":
        return error.told(language)
    line = None if error.line is None else f"第 {error.line} 行"
    where = "，".join(part for part in (error.file, line, error.key) if part)
    return f"{where}：{said(error, language)}" if where else said(error, language)


def said(error: TwinError, language: Language) -> str:
    """As `told`, without the place."""
    if language != "zh" or error.zh is not None:
        return error.said(language)
    parts = [chinese(part, ERRORS) or part for part in (error.what, error.remedy) if part]
    return "".join(ended(part) for part in parts)
