"""Overhangs and fins at windows as a project writes them."""

from __future__ import annotations

from typing import Any

from buildings.idf.constructions import significant
from buildings.idf.model import Model, Record
from buildings.idf.shapes import Opening

_OVERHANGS = ("SHADING:OVERHANG", "SHADING:OVERHANG:PROJECTION")
_FINS = ("SHADING:FIN", "SHADING:FIN:PROJECTION")


class Shades:
    """Shades that name their window."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._of: dict[str, list[Record]] = {}
        for record in model.all(*_OVERHANGS, *_FINS):
            self._of.setdefault(record.text("Window_or_Door_Name").upper(), []).append(record)

    def of(self, opening: Opening, width: float, height: float) -> dict[str, Any]:
        """Shading of a window; empty where it has none."""
        found: dict[str, Any] = {}
        for record in self._of.get(opening.name.upper(), []):
            if record.kind in _OVERHANGS:
                found |= self._overhang(record, height)
            else:
                found |= self._fins(record, width)
        return found

    def _overhang(self, record: Record, height: float) -> dict[str, Any]:
        self._upright(record, "Tilt_Angle_from_WindowDoor")
        depth = (
            record.number("Depth")
            if record.kind == "SHADING:OVERHANG"
            else height * record.number("Depth_as_Fraction_of_WindowDoor_Height")
        )
        sides = [record.number(f"{s}_extension_from_WindowDoor_Width", 0.0) for s in ("Left", "Right")]
        left, right = (significant(side) for side in sides)
        return {
            "overhang_depth": significant(depth),
            "overhang_gap": significant(record.number("Height_above_Window_or_Door", 0.0)),
            "overhang_extension": left if left == right else [left, right],
        }

    def _fins(self, record: Record, width: float) -> dict[str, float]:
        depths, gaps, above, below = [], [], [], []
        for side in ("Left", "Right"):
            self._upright(record, f"{side}_Tilt_Angle_from_WindowDoor")
            depth = (
                record.number(f"{side}_Depth", 0.0)
                if record.kind == "SHADING:FIN"
                else width * record.number(f"{side}_Depth_as_Fraction_of_WindowDoor_Width", 0.0)
            )
            depths.append(depth)
            gaps.append(record.number(f"{side}_Extension_from_WindowDoor", 0.0))
            above.append(record.number(f"{side}_Distance_Above_Top_of_Window", 0.0))
            below.append(record.number(f"{side}_Distance_Below_Bottom_of_Window", 0.0))
        if any(abs(pair[0] - pair[1]) > 0.01 for pair in (depths, gaps, above, below)):
            self.model.notes.add("nearest", "shades", "fins that differ left and right with their means")
        mean = [significant(0.5 * sum(pair)) for pair in (depths, gaps, above, below)]
        return dict(
            zip(("fin_depth", "fin_gap", "fin_extension_above", "fin_extension_below"), mean, strict=True)
        )

    def _upright(self, record: Record, field: str) -> None:
        if abs(record.number(field, 90.0) - 90.0) > 1.0:
            self.model.notes.add("nearest", "shades", "tilted overhang or fin as one at right angles")
