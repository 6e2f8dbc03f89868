"""Features of a map (GeoJSON): their properties, checked, and the outlines that they draw."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from buildings.description.text_file import file_text
from buildings.districts.footprint import Footprint, footprint
from weather.errors import TwinError

LARGEST_FILE = 50_000_000
MOST_FEATURES = 20_000
MOST_COLUMNS = 200


class Feature(NamedTuple):
    """Number in the file, properties that are not empty, and the outline where one is drawn."""

    number: int
    cells: dict[str, Any]
    outline: Footprint | None


def features(path: Path) -> Iterator[Feature]:
    """Features of a GeoJSON file.

    Raises
    ------
    TwinError
        A file that cannot be read, or a feature that is no building, with its place.
    """
    text = file_text(
        path, LARGEST_FILE, missing="Put the map beside the project.", split="Split the district."
    )
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise TwinError("The file is no JSON.", "Save the map as GeoJSON.", file=path, line=line) from None
    listed = found.get("features") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise TwinError("The file holds no features.", "Save the map as a FeatureCollection.", file=path)
    if len(listed) > MOST_FEATURES:
        raise TwinError(f"More than {MOST_FEATURES} features.", "Split the district.", file=path)
    for i, feature in enumerate(listed):
        cells = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(cells, dict) or len(cells) > MOST_COLUMNS:
            raise TwinError(
                "The feature has no properties.",
                "Give it those of a building.",
                file=path,
                key=f"features[{i}]",
            )
        known = {key: value for key, value in cells.items() if value not in (None, "")}
        for key, value in known.items():
            if isinstance(value, (dict, list)):
                raise TwinError(
                    f"The property '{key}' is no plain value.", "Write keys with dots.", file=path,
                    key=f"features[{i}].properties",
                )  # fmt: skip
        outline = feature.get("geometry")
        try:
            drawn = footprint(outline, f"features[{i}].geometry") if outline is not None else None
        except TwinError as error:
            raise error.at(file=path, key=error.key) from None
        yield Feature(i, known, drawn)
