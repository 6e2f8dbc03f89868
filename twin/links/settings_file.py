"""Settings of a link: a YAML file of its own, whose paths are meant from its folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, read_yaml

Settings = TypeVar("Settings", bound=BaseModel)


def read_settings(path: Path, model: type[Settings], files: Sequence[str]) -> tuple[Settings, Node]:
    """Read settings; those that name files become whole paths.

    Parameters
    ----------
    path : Path
    model : type
        What they are held against.
    files : sequence of str
        Keys whose values are paths, None where they are left out.

    Returns
    -------
    settings : model
    node : Node
        The file, for errors that name a line.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy.
    """
    node = read_yaml(path)
    try:
        settings = model.model_validate(node.plain())
    except ValidationError as error:
        raise as_twin_error(error, node, model) from None
    whole = {name: str(path.parent / value) for name in files if (value := getattr(settings, name))}
    return settings.model_copy(update=whole), node
