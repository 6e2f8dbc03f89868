"""Writing the documents of a study: HTML, Word and PDF, each whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from twin.report.study.content import document
from twin.report.study.document import Document
from twin.report.study.html import html
from twin.report.study.pdf import pdf
from twin.report.study.reading import checked
from twin.report.study.word import word
from twin.report.style import LANGUAGES, Language
from weather.errors import TwinError

Format = Literal["html", "docx", "pdf"]
FORMATS: dict[str, Callable[[Document], bytes]] = {
    "html": lambda made: html(made).encode("utf-8"),
    "docx": word,
    "pdf": pdf,
}
"""What can be written, and by whom."""


def write_study(
    study: Mapping[str, Any],
    folder: str | Path,
    *,
    language: Language | Literal["both"] = "both",
    formats: Iterable[str] = ("html", "docx", "pdf"),
) -> dict[str, Path]:
    """Write the documents of a study.

    Parameters
    ----------
    study : mapping
        Content of `study.json`.
    folder : path-like
        Made where it does not exist.
    language : {"zh", "en", "both"}
    formats : iterable of {"html", "docx", "pdf"}

    Returns
    -------
    dict of str to Path
        By format and language: `report_zh.html` under `html_zh`.

    Raises
    ------
    TwinError
        A study that cannot be read, a format or language that we do not write, or a file that cannot be
        written; then the file that was there before is still there.
    """
    chosen = tuple(dict.fromkeys(formats))
    strange = [f for f in chosen if f not in FORMATS]
    if strange:
        raise TwinError(f"{strange[0]!r} is no format of a report.", f"Use some of: {', '.join(FORMATS)}.")
    if language not in (*LANGUAGES, "both"):
        raise TwinError(f"{language!r} is no language of a report.", "Use zh, en or both.")
    checked(study)
    written = {}
    for one in LANGUAGES if language == "both" else (language,):
        made = document(study, one)
        for form in chosen:
            data = FORMATS[form](made)
            written[f"{form}_{one}"] = write_bytes(data, Path(folder) / f"report_{one}.{form}")
    return written


def write_bytes(data: bytes, target: Path) -> Path:
    """Write a file beside its place and move it there when it is complete.

    Raises
    ------
    TwinError
        A full disk, a folder that may not be written to.
    """
    hidden = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with hidden.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            hidden.replace(target)
        finally:
            hidden.unlink(missing_ok=True)
    except OSError as error:
        raise TwinError(
            f"the report could not be written: {error.strerror or error}.",
            "Choose a folder that you may write to, with room on the disk; close the file where it is open.",
            file=target,
        ) from None
    return target
