"""The text of a file that a user gives, or why there is none."""

from __future__ import annotations

from pathlib import Path

from weather.errors import TwinError


def file_text(path: Path, largest: int, *, missing: str, split: str) -> str:
    """Read a file in UTF-8.

    Parameters
    ----------
    path : Path
    largest : int
        Most bytes that are read.
    missing, split : str
        What to do where it is not there, and where it is larger.

    Raises
    ------
    TwinError
        No file, one that cannot be read, is too large, or is not UTF-8: then with the line.
    """
    try:
        if not path.is_file():
            state = "is a folder or device" if path.exists() else "does not exist"
            raise TwinError(f"The file {state}.", missing, file=path)
        with path.open("rb") as stream:
            raw = stream.read(largest + 1)
    except OSError as error:
        raise TwinError(
            f"The file cannot be read: {error.strerror}.", "Check its path and permissions.", file=path
        ) from None
    if len(raw) > largest:
        raise TwinError(f"The file is larger than {largest // 1_000_000} MB.", split, file=path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise TwinError(
            f"Byte {raw[error.start]:#04x} is not UTF-8.", "Save the file as UTF-8.", file=path, line=line
        ) from None
