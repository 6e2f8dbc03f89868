"""Constructions: ground contact as EnergyPlus makes it, the near half of adiabatic planes, glass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.idf.constructions import Constructions, near_half, resistance_of
from buildings.idf.model import open_model

Box = Callable[..., Path]


def with_objects(box: Box, *more: str) -> Constructions:
    return Constructions(
        open_model(box(("Construction,Deck,Slab;", "Construction,Deck,Slab;\n" + "\n".join(more))))
    )


@pytest.mark.parametrize(
    ("area", "perimeter", "factor", "insulation"),
    [(113.45, 27.69, 0.90012, 4.31), (67.3, 18.46, 0.90012, 3.808)],
)
def test_f_factor_floor(box: Box, area: float, perimeter: float, factor: float, insulation: float) -> None:
    """Insulation under 0.15 m of concrete as EnergyPlus 25.2 lists it for its small office."""
    found = with_objects(box, f"Construction:FfactorGroundFloor,F,{factor},{area},{perimeter};")
    asked = next(found.model.all("ZONE"))
    layers = found.opaque[found.opaque_key("F", asked)]["layers"]
    assert layers[0]["resistance"] == pytest.approx(insulation, abs=1e-3)
    assert layers[1] == {"conductivity": 1.95, "density": 2240.0, "specific_heat": 900.0, "thickness": 0.15}


def test_f_factor_floor_without_perimeter(box: Box) -> None:
    """176.9 m2.K/W in EnergyPlus, here in layers that a project may hold."""
    found = with_objects(box, "Construction:FfactorGroundFloor,F,0.9,100,0;")
    layers = found.opaque[found.opaque_key("F", next(found.model.all("ZONE")))]["layers"]
    assert sum(layer["resistance"] for layer in layers[:-1]) == pytest.approx(176.9, abs=0.05)
    assert all(layer["resistance"] <= 50.0 for layer in layers[:-1])


def test_c_factor_wall(box: Box) -> None:
    """2.312 m2.K/W for the basement of the large-office model (eplusout.eio of EnergyPlus 25.2)."""
    found = with_objects(box, "Construction:CfactorUndergroundWall,C,0.675682,2.439;")
    layers = found.opaque[found.opaque_key("C", next(found.model.all("ZONE")))]["layers"]
    assert layers[0]["resistance"] == pytest.approx(2.312, abs=1e-3)


def test_a_symmetric_wall_is_halved() -> None:
    board = {"thickness": 0.02, "conductivity": 0.2, "density": 800.0, "specific_heat": 1000.0}
    half = near_half([dict(board), {"resistance": 0.18}, dict(board)])
    assert half == [board]
    slab = {"thickness": 0.2, "conductivity": 1.7, "density": 2300.0, "specific_heat": 900.0}
    assert near_half([slab])[0]["thickness"] == pytest.approx(0.1)


LAYER = st.fixed_dictionaries(
    {
        "thickness": st.floats(0.01, 0.4),
        "conductivity": st.floats(0.03, 3.0),
        "density": st.floats(20.0, 2500.0),
        "specific_heat": st.floats(700.0, 2000.0),
    }
)


@given(st.lists(LAYER, min_size=1, max_size=5))
def test_both_halves_hold_the_whole_capacity(layers: list[dict[str, float]]) -> None:
    """What one side draws slowly and what the other draws add up to the wall."""

    def capacity(parts: list[dict[str, float]]) -> float:
        return sum(p["thickness"] * p["density"] * p["specific_heat"] for p in parts)

    both = capacity(near_half(layers)) + capacity(near_half(layers[::-1]))
    assert both == pytest.approx(capacity(layers), rel=1e-4)


def test_glass_by_panes(box: Box) -> None:
    found = with_objects(
        box,
        "WindowMaterial:Glazing,Outer,SpectralAverage,,0.006,0.6,0.17,0.22,0.8,0.1,0.1,0,0.84,0.1,0.9;",
        "WindowMaterial:Gas,Space,Argon,0.013;",
        "WindowMaterial:Glazing,Inner,SpectralAverage,,0.003,0.83,0.08,0.08,0.9,0.1,0.1,0,0.84,0.84,0.9;",
        "Construction,Double,Outer,Space,Inner;",
    )
    assert found.is_glazed("Double")
    layers = found.glazings[found.glazing_key("Double", next(found.model.all("ZONE")))]["layers"]
    assert [layer["thickness"] for layer in layers] == [0.006, 0.013, 0.003]
    assert (layers[0]["coating"], layers[1]["gas"], layers[2]["coating"]) == ("low_e", "argon", "none")


def test_resistance_of_layers() -> None:
    assert resistance_of({"resistance": 0.4}) == 0.4
    assert resistance_of({"thickness": 0.3, "conductivity": 0.6}) == pytest.approx(0.5)
