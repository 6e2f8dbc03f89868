"""Steps of a plant room as marches call them: lent, so that the kernels are those that marches have."""

from __future__ import annotations

from typing import Any

from buildings.compiled import compiled
from buildings.lent import lent
from buildings.thermal.lanes import borrowed
from twin import plant_room


@compiled(allocates=True)
def serve(equipment: Any, b: int, k: int, spare: float, ease: float) -> None:
    """`twin.plant_room.serve`."""
    plant_room.serve(lent(borrowed(equipment)), b, k, spare, ease)


@compiled(allocates=True)
def settle(equipment: Any, b: int, hours: float) -> None:
    """`twin.plant_room.settle`."""
    plant_room.settle(lent(borrowed(equipment)), b, hours)
