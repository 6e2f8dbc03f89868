"""Layer stacks: U of every era by an independent formula, inertia by published storage coefficients."""

from __future__ import annotations

import csv
import math
from importlib.resources import files
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.complete import complete
from buildings.description.ledger import Ledger
from buildings.description.schema import ArchetypeBuilding, Construction, Era, Layer
from buildings.description.stacks import CompleteConstruction, complete_construction
from buildings.library import catalogue
from weather.errors import TwinError

LIBRARY = files("buildings.library")
ERAS = get_args(Era)


def independent_u(layers: list[tuple[str, float]]) -> float:
    """1 / (0.11 + sum d/lambda + 0.04) straight from the materials file (GB 50176 films)."""
    rows = csv.DictReader(LIBRARY.joinpath("materials.csv").read_text(encoding="utf-8").splitlines())
    conductivity = {row["key"]: float(row["conductivity_w_mk"]) for row in rows}
    return 1.0 / (0.11 + sum(d / conductivity[name] for name, d in layers) + 0.04)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("archetype", "category"), [("office", "public"), ("residential", "residential")])
@pytest.mark.parametrize("element", ["wall", "roof"])
def test_u_of_every_era_is_its_limit(era: str, archetype: str, category: str, element: str) -> None:
    building = ArchetypeBuilding.model_validate(
        {"name": "x", "archetype": archetype, "era": era, "floor_area": 3000, "floors": 3}
    )
    built = complete(building).constructions[element]
    target = yaml.safe_load(LIBRARY.joinpath("eras.yaml").read_text(encoding="utf-8"))["opaque"][category][
        era
    ][element]
    u = independent_u([(layer.name, layer.thickness) for layer in built.layers])
    assert u == pytest.approx(target["u"], abs=1e-3)
    assert built.u_value == pytest.approx(u, rel=1e-12)
    assert all(0.005 <= layer.thickness <= 0.5 for layer in built.layers)


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(("archetype", "category"), [("office", "public"), ("residential", "residential")])
@pytest.mark.parametrize("element", ["wall", "roof"])
def test_limits_for_heavy_elements_are_used_for_heavy_elements(
    era: str, archetype: str, category: str, element: str
) -> None:
    """Limits of the rows D > 2.5 may only be used by stacks whose thermal inertia D exceeds 2.5."""
    limit = catalogue.opaque_limit(category, era, element)
    building = ArchetypeBuilding.model_validate(
        {"name": "x", "archetype": archetype, "era": era, "floor_area": 3000, "floors": 3}
    )
    inertia = complete(building).constructions[element].thermal_inertia
    heavy_row = "D > 2.5" in limit.origin.source or "D >= 2.5" in limit.origin.source
    assert inertia > 2.5 or not heavy_row


# Storage coefficient of the daily period S24 [W/(m2.K)], printed in GB 50176-93 Annex 4 beside lambda and c.
@pytest.mark.parametrize(
    ("material", "published"),
    [("reinforced_concrete", 17.20), ("cement_mortar", 11.37), ("lime_cement_mortar", 10.75),
     ("clay_brick", 10.63), ("lime_mortar", 10.07), ("lime_sand_brick", 12.72), ("clay_brick_hollow", 7.92)],
)  # fmt: skip
def test_storage_coefficient_against_the_published_table(material: str, published: float) -> None:
    one = Construction(layers=(Layer(material=material, thickness=0.1),))
    done = complete_construction("x", one, "x", Ledger())
    assert done.thermal_inertia / done.resistance == pytest.approx(published, rel=0.015)


def _stack(u_value: float) -> CompleteConstruction:
    return complete_construction("wall", catalogue.stack("wall/eps", u_value), "x", Ledger())


@given(st.floats(0.1, 2.0))
def test_solved_stack_has_the_asked_u(u_value: float) -> None:
    assert _stack(u_value).u_value == pytest.approx(u_value, rel=1e-12)


def test_better_u_needs_more_insulation() -> None:
    thicknesses = [_stack(u).layers[1].thickness for u in (1.5, 1.0, 0.5, 0.3)]
    assert thicknesses == sorted(thicknesses)
    assert len(set(thicknesses)) == 4


def test_a_u_that_the_rest_alone_beats_is_refused() -> None:
    with pytest.raises(TwinError, match="other layers alone") as caught:
        _stack(3.0)
    assert caught.value.key == "x.u_value"


def test_resistance_layer_has_no_mass() -> None:
    done = complete_construction("p", catalogue.constructions()["partition_light"], "x", Ledger())
    assert [layer.massless for layer in done.layers] == [False, True, False]
    assert done.resistance == pytest.approx(0.16 + 2 * 0.024 / 0.33)
    assert math.isfinite(done.thermal_inertia)


def test_half_slabs_make_a_whole_slab() -> None:
    made = {
        key: complete_construction(key, catalogue.constructions()[key], key, Ledger())
        for key in ("storey_floor_half", "storey_ceiling_half", "storey_slab")
    }
    halves = made["storey_floor_half"].resistance + made["storey_ceiling_half"].resistance
    assert halves == pytest.approx(made["storey_slab"].resistance)
    mass = {key: sum(layer.heat_capacity for layer in one.layers) for key, one in made.items()}
    assert mass["storey_floor_half"] + mass["storey_ceiling_half"] == pytest.approx(mass["storey_slab"])
