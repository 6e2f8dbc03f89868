"""Studies as files: `study.json` of `twin retrofit`, or the same in a gzip (`study.json.gz`)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twin.report.study.reading import checked
from weather.errors import TwinError

_REMEDY = "Make the study anew with `twin retrofit`."


def read_study(path: Path) -> Mapping[str, Any]:
    """Read a study.

    Parameters
    ----------
    path : Path

    Raises
    ------
    TwinError
        No file, no study, or one of another schema.
    """
    try:
        content = path.read_bytes()
        text = gzip.decompress(content) if path.suffix == ".gz" else content
        study = json.loads(text)
    except OSError as error:
        raise TwinError(
            f"the study cannot be read: {error.strerror or error}.", "Give a study.json.", file=path
        ) from error
    except (ValueError, EOFError) as error:
        raise TwinError(f"the file is no study: {error}.", _REMEDY, file=path) from error
    if not isinstance(study, dict):
        raise TwinError("the file is no study.", _REMEDY, file=path)
    try:
        return checked(study)
    except TwinError as error:
        raise error.at(file=path, key=error.key) from error
