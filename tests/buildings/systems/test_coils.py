"""Cooling coils of the plant library: figures, sources, and what they are at their rating."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from buildings.systems import coils
from buildings.systems.coils import load_coil, saturated_temperature
from buildings.systems.records import entry, read_library
from weather.errors import TwinError
from weather.psychrometrics import enthalpy, humidity_ratio_from_dew_point

KEYS = sorted(read_library("hvac_equipment"))


@pytest.mark.parametrize("key", KEYS)
def test_every_coil_has_its_figures_and_sources(key: str) -> None:
    coil = load_coil(key)
    assert coil.source
    assert coil.confidence
    assert 5.0 < coil.temp < 15.0
    assert 0.0 < coil.cycles_below <= 1.0
    assert 0.0 <= coil.degradation < 0.3
    # Room units and fan coils take a fifth to two fifths of their rated capacity from moisture.
    assert 0.2 < coil.latent_rated < 0.4
    # 27/19 degC has 53.9 kJ/kg.
    assert coil.drop == pytest.approx(53.9e3 - float(enthalpy(coil.temp, coil.humidity)), abs=150.0)
    if coil.runs_on is not None:
        assert all(figure > 0.0 for figure in coil.runs_on)


def test_who_runs_on_and_who_follows() -> None:
    """Machines that are on or off follow; water and refrigerant behind a valve hold the dew point."""
    assert [key for key in KEYS if load_coil(key).follows] == ["split_multi_2005"]
    assert [key for key in KEYS if load_coil(key).runs_on is None] == ["ideal"]
    # What cycles at any load, and what throttles first.
    assert load_coil("chiller_boiler_2005").cycles_below == 1.0
    assert load_coil("vrf_2010").cycles_below == entry("hvac_curves", "vrf_cooling")["part_load_min"]
    # Valves of water do not lose efficiency by cycling; compressors do.
    assert load_coil("chiller_boiler_2005").degradation == 0.0
    assert load_coil("split_multi_2005").degradation == 0.1


def test_saturated_temperature_turns_the_enthalpy_back() -> None:
    for temp in (-10.0, 3.0, 12.0, 30.0):
        given = float(enthalpy(temp, humidity_ratio_from_dew_point(temp, 101325.0)))
        assert saturated_temperature(given) == pytest.approx(temp, abs=1e-9)


def test_an_unknown_plant_is_refused() -> None:
    with pytest.raises(TwinError, match="steam_engine"):
        load_coil("steam_engine")


@pytest.mark.parametrize(
    ("key", "kind", "what"), [("vrf_2010", "follows", "cannot follow"), ("vrf_2010", "wanders", "is one of")]
)
def test_data_of_a_coil_that_the_model_lacks(
    monkeypatch: pytest.MonkeyPatch, key: str, kind: str, what: str
) -> None:
    def other(table: str, wanted: str) -> Mapping[str, Any]:
        values = entry(table, wanted)
        return {**values, "coil": {**values["coil"], "dew_point": kind}}

    monkeypatch.setattr(coils, "entry", other)
    with pytest.raises(ValueError, match=what):
        load_coil(key)
