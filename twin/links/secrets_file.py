"""A name and its secret: from a file or the environment, never from a command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from buildings.description.text_file import file_text
from weather.errors import TwinError

Pair = tuple[str, str]


def secret_pair(file: str | None, keys: Pair, variables: Pair, written_by: str) -> Pair | None:
    """Read a name and its secret.

    Parameters
    ----------
    file : str, optional
        JSON file with both keys; without it the environment.
    keys, variables : (str, str)
        Keys in the file, names in the environment.
    written_by : str
        Where such a file comes from, for the remedy.

    Returns
    -------
    (str, str) or None
        None where no file is named and the environment has neither.

    Raises
    ------
    TwinError
        If there is only one of the two, or the file has something else; what was read is not told.
    """
    if file is None:
        name, secret = (os.environ.get(one) for one in variables)
        if bool(name) != bool(secret):
            raise TwinError(
                f"the environment has only one of {variables[0]} and {variables[1]}.",
                "Set both, or neither.",
                key=variables[1] if name else variables[0],
            )
        return (name, secret) if name and secret else None
    text = file_text(Path(file), 100_000, missing="Name the file of the secret.", split="It holds two words.")
    try:
        read = json.loads(text)
        pair = read[keys[0]], read[keys[1]]
    except (ValueError, KeyError, TypeError):
        pair = None, None
    if not all(isinstance(one, str) and one for one in pair):
        raise TwinError(
            f"the file holds no {keys[0]} and {keys[1]}.", f"Write {written_by}.", file=file, key=keys[1]
        )
    return pair[0], pair[1]
