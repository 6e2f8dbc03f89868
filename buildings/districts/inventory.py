"""Buildings of a district from a table or a map (建筑清单): each row is a building as a project writes one.

Columns (or GeoJSON properties) are keys of a building with dots between them: `floor_area`,
`envelope.wall_u`, `battery.capacity`; in lists of named things the name stands between them:
`pv.roof.capacity`. An empty cell leaves the key to the row's `kind`, one of the `kinds` of the district,
which holds what such buildings share.

Besides there are `year_built` (else write `era`), `footprint_area` (else `floor_area`) and `height` [m]
(else `floors`), `longitude` and `latitude` of the middle of the plan [deg]; of a map the outline gives
footprint, proportions and turn. Where places are known, buildings shade each other.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from buildings.description import quantities as q
from buildings.description.base import Described, Key, Name
from buildings.description.text_file import file_text
from buildings.description.yaml_text import Node
from buildings.districts.diversity import diversity, drawn_habits, own_seed
from buildings.districts.footprint import Footprint, rectangle
from buildings.districts.maps import LARGEST_FILE, MOST_COLUMNS, MOST_FEATURES, features
from buildings.districts.neighbours import Block, context_blocks, outlines_around
from buildings.library import catalogue
from weather.errors import TwinError

MOST_ROWS = MOST_FEATURES
_DEEPEST = 8
_PLACE = ("longitude", "latitude")
_SEEDED = ("ev",)
"""Parts of a building that draw by a seed of their own."""


class Neighbourhood(Described):
    """How the buildings of a map shade each other (相互遮挡)."""

    shade: bool = Field(
        default=True, description="Whether neighbours take sun and sky; only where outlines are known."
    )
    context: Key | None = Field(
        default=None,
        description="GeoJSON file beside the project with buildings around, which only shade: outlines and "
        "height [m].",
    )
    reflectance: q.Fraction | None = Field(
        default=None, description="Of neighbours' facades for sunlight, glass included [1]; default 0.2."
    )


class District(Described):
    """Buildings of a district from a table or a map (建筑清单)."""

    table: Key = Field(description="CSV or GeoJSON file in the folder of the project.")
    kinds: dict[Name, dict[str, Any]] = Field(
        min_length=1, description="What buildings of a kind share, as in `buildings`, by the kind's name."
    )
    diversity: bool = Field(
        default=True, description="Whether each building draws habits of its own (多样性); false: all alike."
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**32 - 1)] = Field(
        default=0, description="Seed of the habits."
    )
    neighbours: Neighbourhood = Field(
        default=Neighbourhood(), description="How the buildings of a map shade each other (相互遮挡)."
    )


class DistrictProject(Described):
    """The part of a project file that holds a district."""

    district: District = Field(description="Buildings from a table or a map.")


def district_buildings(district: District, at: Node, folder: Path) -> list[Node]:
    """The buildings of a district as nodes of a project.

    Parameters
    ----------
    district : District
        Validated.
    at : Node
        Where it stands in the project.
    folder : Path
        Of the project.

    Returns
    -------
    list of Node
        Mappings as under `buildings`, each with the file and line of its row; not validated yet.

    Raises
    ------
    TwinError
        A table that cannot be read, with file, line and column.
    """
    path = folder / _plain_name(district.table, at, "district.table")
    rows = _map_rows(path) if path.suffix.lower() in (".geojson", ".json") else _table_rows(path)
    kinds: dict[str, Node] = at.value["kinds"].value
    made: list[Node] = []
    names: set[str] = set()
    stands: dict[int, Block] = {}
    for row in rows:
        building = _building(row, kinds)
        name = _text(building, "name", row)
        if name in names:
            raise row.error(f"The name '{name}' stands twice.", "Give each building its own.", "name")
        names.add(name)
        if district.diversity:
            _draw(building, name, district.seed)
        if "floors" in building.value and "archetype" in building.value:
            outline = row.outline if row.outline is not None else _placed(building.value, row)
            if outline is not None:
                stands[len(made)] = Block(outline, _height(building.value, row))
        made.append(building)
    if not made:
        raise TwinError("The table holds no building.", "Give it a row for each.", file=path)
    if district.neighbours.shade:
        _shade(made, stands, district.neighbours, at, folder)
    return made


def _shade(made: list[Node], stands: Mapping[int, Block], how: Neighbourhood, at: Node, folder: Path) -> None:
    """Write to each building what stands around it, where the row and its kind say nothing of that."""
    context = []
    if how.context is not None:
        place = at.value["neighbours"]
        context = context_blocks(folder / _plain_name(how.context, place, "district.neighbours.context"))
    texts = outlines_around(list(stands.values()), context)
    for number, text in zip(stands, texts, strict=True):
        building = made[number]
        if text is None or "neighbours" in building.value:
            continue
        around = {"outlines": Node(text, building.file, building.line)}
        if how.reflectance is not None:
            around["reflectance"] = Node(how.reflectance, building.file, building.line)
        building.value["neighbours"] = Node(around, building.file, building.line)


def _placed(tree: Mapping[str, Node], row: _Row) -> Footprint | None:
    """The plan of a row that tells its place and no outline; None without a place."""
    written = [key for key in _PLACE if key in row.cells]
    if not written or "floor_area" not in tree:
        return None
    if len(written) == 1:
        raise row.error("The row tells half of its place.", "Give longitude and latitude.", written[0])
    try:
        east, north = (float(row.cells[key]) for key in _PLACE)
    except (TypeError, ValueError):
        east = north = math.nan
    if not (abs(east) <= 180.0 and abs(north) <= 80.0):
        raise row.error("The row has no place on the map.", "Give degrees (WGS 84).", "longitude")
    floors = _number(tree["floors"].value, row, "floors")
    aspect = tree.get("aspect_ratio")
    known = catalogue.archetype(str(tree["archetype"].value)).aspect_ratio
    turn = tree.get("orientation")
    return rectangle(
        (east, north),
        _quantity(tree["floor_area"], q.Area, row, "floor_area") / floors,
        known if aspect is None else _number(aspect.value, row, "aspect_ratio"),
        0.0 if turn is None else _quantity(turn, q.Azimuth, row, "orientation"),
    )


def _quantity(node: Node, kind: Any, row: _Row, column: str) -> float:
    """A number, or text with a unit."""
    try:
        return float(TypeAdapter(kind).validate_python(node.value))
    except ValidationError:
        raise row.error(f"{column} is {str(node.value)[:40]!r}.", "Give a number.", column) from None


def _height(tree: Mapping[str, Node], row: _Row) -> float:
    """Of a building above its ground: as measured, else of its storeys [m]."""
    if "height" in row.cells:
        return _number(row.cells["height"], row, "height")
    return _number(tree["floors"].value, row, "floors") * _storey(tree, row)


class _Row:
    """Cells of a row by column, with its place."""

    def __init__(self, file: str, line: int, cells: dict[str, Any], outline: Footprint | None = None) -> None:
        self.file, self.line, self.cells, self.outline = file, line, cells, outline

    def node(self, value: Any) -> Node:
        return Node(value, self.file, self.line)

    def error(self, what: str, remedy: str, column: str) -> TwinError:
        return TwinError(what, remedy, file=self.file, line=self.line, key=column)


def _plain_name(name: str, at: Node, key: str) -> str:
    if PurePosixPath(name).name != name or PureWindowsPath(name).name != name or name in (".", ".."):
        raise TwinError(
            f"'{name[:80]}' is not the name of a file in the same folder.",
            "Put the table beside the project.",
            file=at.file,
            key=key,
            line=at.value[key.rsplit(".", 1)[1]].line,
        )
    return name


def _read(path: Path) -> str:
    return file_text(
        path, LARGEST_FILE, missing="Put the table beside the project.", split="Split the district."
    )


def _table_rows(path: Path) -> Iterator[_Row]:
    """Rows of a CSV file with a header."""
    text, file = _read(path), str(path)
    if "\0" in text:
        raise TwinError("The table holds a NUL byte.", "Save it as CSV text.", file=path)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        columns = [column.strip() for column in next(reader, [])]
        _check_columns(columns, file)
        for count, cells in enumerate(reader):
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if count >= MOST_ROWS:
                raise TwinError(f"More than {MOST_ROWS} rows.", "Split the district.", file=path, line=line)
            if len(cells) > len(columns):
                raise TwinError(
                    f"The row has {len(cells)} cells under {len(columns)} columns.",
                    "Quote cells that hold a comma.",
                    file=path,
                    line=line,
                )
            known = {
                column: _scalar(cell) for column, cell in zip(columns, cells, strict=False) if cell.strip()
            }
            yield _Row(file, line, known)
    except csv.Error as error:
        raise TwinError(
            f"The table is no CSV: {error}.", "Separate by commas, quote with double quotes.",
            file=path, line=reader.line_num,
        ) from None  # fmt: skip


def _check_columns(columns: list[str], file: str) -> None:
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if len(columns) > MOST_COLUMNS or not any(columns):
        raise TwinError(
            f"The header has {len(columns)} columns.",
            "Name the columns in the first line.",
            file=file,
            line=1,
        )
    if twice:
        raise TwinError(
            f"The column '{twice[0]}' stands twice." if twice[0] else "A column has no name.",
            "Name each column once.",
            file=file,
            line=1,
        )


def _scalar(cell: str) -> Any:
    """A number where the text is one, else the text; units are read with the field."""
    text = cell.strip()
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text


def _map_rows(path: Path) -> Iterator[_Row]:
    """Features of a GeoJSON file; an outline gives what the properties leave open."""
    for number, cells, outline in features(path):
        if outline is not None:
            cells.setdefault("footprint_area", outline.area)
            cells.setdefault("aspect_ratio", min(max(outline.aspect_ratio, 1.0), 20.0))
            cells.setdefault("orientation", outline.orientation)
        yield _Row(str(path), number + 1, cells, outline)


def _building(row: _Row, kinds: Mapping[str, Node]) -> Node:
    """A row on its kind."""
    cells = dict(row.cells)
    kind = str(cells.pop("kind", ""))
    if kind not in kinds:
        raise row.error(
            f"The kind '{kind[:60]}' is not among the district's." if kind else "The row has no kind.",
            f"Use one of: {', '.join(kinds)}.",
            "kind",
        )
    building = _copied(kinds[kind])
    own = {key: cells.pop(key, None) for key in ("year_built", "footprint_area", "height", *_PLACE)}
    for column, value in cells.items():
        _put(building, column.split("."), row, value, column)
    tree = building.value
    if own["year_built"] is not None:
        tree["era"] = row.node(_era(_number(own["year_built"], row, "year_built")))
    _complete_size(tree, row, own)
    building.line, building.file = row.line, row.file
    return building


def _complete_size(tree: dict[str, Node], row: _Row, own: Mapping[str, Any]) -> None:
    """Floors from the height, floor area from the footprint."""
    if own["height"] is not None:
        height = _number(own["height"], row, "height")
        if "floors" in tree:
            floors = _number(tree["floors"].value, row, "floors")
            tree.setdefault("storey_height", row.node(height / max(floors, 1.0)))
        else:
            tree["floors"] = row.node(max(round(height / _storey(tree, row)), 1))
    if own["footprint_area"] is not None and "floor_area" not in tree:
        if "floors" not in tree:
            raise row.error("A footprint without floors or height.", "Give one of them.", "floors")
        area = _number(own["footprint_area"], row, "footprint_area")
        tree["floor_area"] = row.node(area * _number(tree["floors"].value, row, "floors"))


def _storey(tree: Mapping[str, Node], row: _Row) -> float:
    """Storey height of the row, else of its archetype [m]."""
    if "storey_height" in tree:
        return _number(tree["storey_height"].value, row, "storey_height")
    known = catalogue.archetypes()
    archetype = str(tree["archetype"].value) if "archetype" in tree else ""
    if archetype not in known:
        raise row.error(
            f"The archetype '{archetype[:60]}' is not there." if archetype else "The row has no archetype.",
            f"Use one of: {', '.join(known)}.",
            "archetype",
        )
    return catalogue.archetype(archetype).storey_height


def _number(value: Any, row: _Row, column: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number <= 0.0 or isinstance(value, bool):
        raise row.error(f"{column} is {str(value)[:40]!r}.", "Give a number above 0.", column)
    return number


def _era(year: float) -> str:
    """Era by the year of completion."""
    return str([entry["era"] for entry in diversity()["eras"] if entry["from"] <= max(year, 1900)][-1])


def _copied(node: Node) -> Node:
    """The same tree, to be changed."""
    value = node.value
    if isinstance(value, dict):
        value = {key: _copied(part) for key, part in value.items()}
    elif isinstance(value, list):
        value = [_copied(part) for part in value]
    return Node(value, node.file, node.line)


def _put(building: Node, words: list[str], row: _Row, value: Any, column: str) -> None:
    """Write a cell where its column says."""
    if len(words) > _DEEPEST or not all(words):
        raise row.error(
            f"The column '{column[:80]}' names no key.", "Write for example battery.capacity.", column
        )
    here = building
    for depth, word in enumerate(words):
        last = depth == len(words) - 1
        if isinstance(here.value, list):
            named = {str(part.value["name"].value): part for part in here.value if _is_named(part)}
            if word not in named or last:
                raise row.error(
                    f"'{word}' is not among {', '.join(named) or 'the (unnamed) parts'} of the kind.",
                    "Name one that the kind has.",
                    column,
                )
            here = named[word]
        elif last:
            here.value[word] = row.node(value)
        else:
            inner = here.value.get(word)
            if inner is None or not isinstance(inner.value, (dict, list)):
                inner = here.value[word] = row.node({})
            here = inner


def _is_named(part: Node) -> bool:
    return isinstance(part.value, dict) and "name" in part.value


def _text(building: Node, key: str, row: _Row) -> str:
    if key not in building.value:
        raise row.error(f"The row has no {key}.", f"Give a column {key}.", key)
    node = building.value[key]
    node.value = str(node.value)
    return str(node.value)


def _draw(building: Node, name: str, seed: int) -> None:
    """Habits that the row and its kind leave open, and seeds of the building's own."""
    tree, line, file = building.value, building.line, building.file
    written = tree.get("habits")
    habits = tree["habits"] = Node({}, file, line) if written is None else written
    if isinstance(habits.value, dict):
        for key, value in drawn_habits(name, seed).items():
            habits.value.setdefault(key, Node(value, file, line))
    for part in _SEEDED:
        if part in tree and isinstance(tree[part].value, dict):
            tree[part].value.setdefault("seed", Node(own_seed(name, seed, part), file, line))
