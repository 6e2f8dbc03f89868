"""Where results are to go, tried before the work that would make them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from weather.errors import TwinError


def refuse_unwritable(folder: Path | None, key: str) -> None:
    """Try to write beside what a command will write; nothing is left behind.

    Parameters
    ----------
    folder : Path or None
        Folder that is there or will be made; None where nothing is to be written.
    key : str
        Option that named it.

    Raises
    ------
    TwinError
        Neither the folder nor the one that it would be made in takes a file.
    """
    if folder is None:
        return
    near = folder
    while not near.exists() and near != near.parent:
        near = near.parent
    try:
        with tempfile.TemporaryFile(dir=near):
            pass
    except OSError as error:
        raise TwinError(
            f"nothing can be written there: {error.strerror or error}.",
            "Choose a folder that you may write to.",
            file=folder,
            key=key,
        ) from error


def refuse_unwritable_page(page: Path | None, key: str = "--page") -> None:
    """The same for one file.

    Raises
    ------
    TwinError
        The file is a folder, or its folder takes no file.
    """
    if page is None:
        return
    if page.is_dir():
        raise TwinError(
            "that is a folder.", "Give the name of a file, such as page.html.", file=page, key=key
        )
    refuse_unwritable(page.absolute().parent, key)
