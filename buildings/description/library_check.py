"""Whether every library key and U value of a project can be met, told with file and line."""

from __future__ import annotations

import re

from buildings.description.complete import complete
from buildings.description.schema import ArchetypeBuilding, Project
from buildings.description.yaml_text import Node
from weather.errors import TwinError

_ZONE = re.compile(r"^zones\.[^.]+\.")
_SOLVED = re.compile(r"constructions\.(wall|roof)\.u_value")


def check_library(project: Project, root: Node) -> None:
    """Complete each distinct building once, only to see that it can be.

    Parameters
    ----------
    project : Project
        Validated.
    root : Node
        The file as read, for file and line.

    Raises
    ------
    TwinError
        What `complete` finds, at the nearest place of the file.
    """
    seen: set[str] = set()
    for i, building in enumerate(project.buildings):
        body = building.model_dump_json(exclude={"name"})
        if body in seen:
            continue
        seen.add(body)
        try:
            complete(building, calendar=project.calendar)
        except TwinError as error:
            rest = (error.key or "").removeprefix(building.name).lstrip(".")
            if isinstance(building, ArchetypeBuilding):
                rest = _as_written(rest)
            node, key = _nearest(root.value["buildings"].value[i], f"buildings[{i}]", rest)
            raise error.at(file=node.file, key=key, line=node.line) from None


def _as_written(key: str) -> str:
    """The key of an archetype from which a key of its zones or constructions came."""
    solved = _SOLVED.fullmatch(key)
    return f"envelope.{solved[1]}_u" if solved else _ZONE.sub("", key)


def _nearest(node: Node, at: str, rest: str) -> tuple[Node, str]:
    """Follow a key of the completed building as far as the file has it; items of lists go by their names."""
    while rest:
        for word, inner in _inside(node):
            if rest == word or rest.startswith((f"{word}.", f"{word}[")):
                node, rest = inner, rest[len(word) :].lstrip(".")
                at = f"{at}{word}" if word.startswith("[") else f"{at}.{word}"
                break
        else:
            break
    return node, at


def _inside(node: Node) -> list[tuple[str, Node]]:
    """Words that lead on from a node, longest first, since names may hold dots."""
    found: list[tuple[str, Node]] = []
    if isinstance(node.value, dict):
        found = list(node.value.items())
    if isinstance(node.value, list):
        named = [item for item in node.value if isinstance(item.value, dict) and "name" in item.value]
        found = [(str(item.value["name"].value), item) for item in named]
        found += [] if named else [(f"[{i}]", item) for i, item in enumerate(node.value)]
    return sorted(found, key=lambda pair: -len(pair[0]))
