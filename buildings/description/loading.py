"""From a file to a `Project`, or to one clear error with file, line and key.

A project may build on another: `extends: base.yaml` (same folder). Mappings merge key by key, lists of named
things (buildings, pv, zones, ...) by their names, everything else is replaced; `null` removes a key.

A project may take buildings from a table or a map: `district`, see `buildings.districts.inventory`. They come
behind those that are written, as if they had been written too.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import yaml
from pydantic import ValidationError

from buildings.description.library_check import check_library
from buildings.description.schema import Project
from buildings.description.validation_errors import as_twin_error
from buildings.description.yaml_text import Node, parse_yaml, read_yaml
from buildings.districts.inventory import DistrictProject, district_buildings
from weather.errors import TwinError

_LONGEST_CHAIN = 8


def read_project(path: str | Path) -> Project:
    """Read and validate a project file.

    Parameters
    ----------
    path : path-like
        YAML file, UTF-8, at most 2 MB.

    Returns
    -------
    Project
        Validated; constructions, materials, glazings, uses and schedules exist. Keys of equipment, tariff and
        weather are looked up where those are opened.

    Raises
    ------
    TwinError
        The first thing that is wrong, with file, line, key, value and remedy; further ones are counted.
    """
    return _validated(_with_district(_with_bases(Path(path), ()), Path(path).parent))


def written_content(path: str | Path) -> dict[str, Any]:
    """What a file and those that it extends write, merged: no default, no building of a district's table.

    Raises
    ------
    TwinError
        A file that cannot be read; whether the content is a project is not asked.
    """
    content: dict[str, Any] = _with_bases(Path(path), ()).plain()
    return content


def parse_project(text: str, file: str = "project text") -> Project:
    """Validate a project given as text; it cannot extend a file. See `read_project`."""
    node = parse_yaml(text, file)
    if "extends" in node.value:
        raise TwinError(
            "Text without a file cannot extend another.", "Save it beside its base, or merge the two.",
            file=file, key="extends", line=node.value["extends"].line,
        )  # fmt: skip
    if "district" in node.value:
        raise TwinError(
            "Text without a file has no folder for the table of a district.", "Save it as a file.",
            file=file, key="district", line=node.value["district"].line,
        )  # fmt: skip
    return _validated(node)


def project_text(project: Project) -> str:
    """The resolved project as YAML that `read_project` reads back to an equal project."""
    plain = project.model_dump(mode="json", by_alias=True, exclude_none=True)
    return str(yaml.dump(plain, Dumper=_DUMPER, allow_unicode=True, sort_keys=False, width=110))


_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def _validated(node: Node) -> Project:
    try:
        project = Project.model_validate(node.plain())
    except ValidationError as error:
        raise as_twin_error(error, node, Project) from None
    check_library(project, node)
    return project


def _with_bases(path: Path, chain: tuple[Path, ...]) -> Node:
    here = path.resolve()
    if here in chain or len(chain) >= _LONGEST_CHAIN:
        names = " -> ".join(p.name for p in (*chain, here))
        raise TwinError(
            f"The files extend each other in a circle or too deeply: {names}.",
            f"Let a project build on at most {_LONGEST_CHAIN - 1} others, the last of which extends none.",
            file=path,
            key="extends",
        )
    node = read_yaml(path)
    base = node.value.pop("extends", None)
    if base is None:
        return node
    below = _with_bases(path.parent / _base_name(base), (*chain, here))
    for words in ("name", "description"):
        if words in node.value and f"{words}_zh" not in node.value:
            below.value.pop(f"{words}_zh", None)  # the base's Chinese words would name another project
    return _merge(below, node)


def _with_district(node: Node, folder: Path) -> Node:
    """The project with the buildings of its district among its own."""
    written = node.value.pop("district", None)
    if written is None:
        return node
    inside = Node({"district": written}, node.file, node.line)
    try:
        district = DistrictProject.model_validate(inside.plain()).district
    except ValidationError as error:
        raise as_twin_error(error, inside, DistrictProject) from None
    own = node.value.setdefault("buildings", Node([], written.file, written.line))
    if not isinstance(own.value, list):
        return node  # validation says what is wrong with it
    own.value = [*own.value, *district_buildings(district, written, folder)]
    return node


def _base_name(base: Node) -> str:
    name = base.value
    plain = isinstance(name, str) and name not in ("", ".", "..")
    if not plain or PurePosixPath(name).name != name or PureWindowsPath(name).name != name:
        raise TwinError(
            f"'{str(name)[:80]}' is not the name of a file in the same folder.",
            "Write for example 'extends: office.yaml'.",
            file=base.file,
            key="extends",
            line=base.line,
        )
    return str(name)


def _merge(base: Node, over: Node) -> Node:
    if isinstance(base.value, dict) and isinstance(over.value, dict):
        merged = dict(base.value)
        for key, node in over.value.items():
            if node.value is None:
                merged.pop(key, None)
            else:
                merged[key] = _merge(merged[key], node) if key in merged else node
        return Node(merged, over.file, over.line)
    if isinstance(base.value, list) and isinstance(over.value, list):
        names = [_name(item) for item in base.value]
        if names and over.value and None not in names and all(_name(item) is not None for item in over.value):
            return Node(_merge_named(base.value, names, over.value), over.file, over.line)
    return over


def _merge_named(base: list[Node], names: list[str | None], over: list[Node]) -> list[Node]:
    merged = list(base)
    for item in over:
        name = _name(item)
        if name in names:
            merged[names.index(name)] = _merge(merged[names.index(name)], item)
        else:
            merged.append(item)
    return merged


def _name(item: Node) -> str | None:
    if isinstance(item.value, dict) and "name" in item.value:
        return str(item.value["name"].value)
    return None
