"""Life-cycle carbon against an example worked by hand on the structure of GB/T 51366-2019."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.description.finance import Finance
from buildings.retrofit.work_line import Spread, WorkLine
from twin.economics.annual import AnnualState
from twin.judges.life_cycle import (
    LifeCycleTerms,
    Refrigerant,
    Site,
    carbon_payback,
    grid_factors,
    life_cycle,
    site_of,
)
from weather.errors import TwinError


def line(
    measure: str, quantity: float, embodied: float, mass: float, life: float, unit: str = "m2"
) -> WorkLine:
    cost = Spread(1.0, 1.0, 1.0, "test", 2025, "derived")
    made = Spread(embodied, embodied, embodied, "test", 2025, "derived")
    return WorkLine(measure, "office", measure, measure, quantity, unit, cost, life, 0.0, made, mass)


def year(imported: float, gas: float = 0.0, **fields: float) -> AnnualState:
    base = AnnualState(0.0, 0.0, imported * 0.5737, imported * 0.42, imported, 0.0, 0.0, 0.0, gas, 1000.0)
    return dataclasses.replace(base, **fields)


BEFORE = year(100_000.0, 1000.0, regulated_kwh=70_000.0, unregulated_kwh=30_000.0)
AFTER = year(60_000.0, regulated_kwh=30_000.0, unregulated_kwh=30_000.0)
ROCK_WOOL = line("wall", 1000.0, 27.72, 14.0, 25.0)
WINDOW = line("window", 200.0, 194.0, 40.0, 50.0)
R11 = Site((Refrigerant("R11", 1.0),))
TERMS = LifeCycleTerms(2026, grid="constant", construction_share=0.03, demolition_share=0.01)


def test_a_worked_example() -> None:
    """1,000 m2 of 100 mm rock wool (1,980 kg/t, 140 kg/m3: 27.72 and 14 kg/m2), 200 m2 of windows (194, 40).

    Production    27,720 + 38,800                                   = 66,520
    Transport     14 t and 8 t x 500 km x 0.129                      = 903 + 516 = 1,419
    Construction  3 % of 67,939                                      = 2,038.17
    Demolition    1 % of 66,520 + 22 t x 40 km x 0.129 = 665.2 + 113.52 = 778.72
    Replacement   wool once (50/25 - 1): (27,720 + 903) x 1.03 + 277.2 + 14 x 40 x 0.129 (72.24) = 29,831.13
    Embodied      66,520 + 1,419 + 2,038.17 + 778.72 + 29,831.13     = 100,587.02
    Operation     after 60,000 x 0.5737 x 50 = 1,721,100; before 100,000 x 0.5737 x 50 = 2,868,500 and gas
                  1,000 m3 x 38.93 MJ x 55.54 kg/GJ = 2,162.1722 x 50 = 108,108.61: 2,976,608.61
    Net           after 1,821,687.02: 1,821.68702 per m2, 36.4337404 per m2 and year
    Regulated     after 30/60 of it, 860,550; before 70 % of 2,868,500 and the gas = 2,116,058.61
    Payback       69,977.17 over (100,000 - 60,000) x 0.5737 + 2,162.1722 = 25,110.1722 a year: 2.78680 a
    """
    found, said = life_cycle([ROCK_WOOL, WINDOW], BEFORE, AFTER, TERMS)
    after, before = found["after"], found["before"]
    for key, value in {
        "production_kg": 66_520.0,
        "transport_kg": 1_419.0,
        "construction_kg": 2_038.17,
        "demolition_kg": 778.72,
        "replacement_kg": 29_831.13,
        "embodied_kg": 100_587.02,
        "operation_kg": 1_721_100.0,
        "operation_regulated_kg": 860_550.0,
        "operation_unregulated_kg": 860_550.0,
        "sink_kg": 0.0,
        "net_kg": 1_821_687.02,
    }.items():
        assert after[key] == pytest.approx(value, abs=0.005), key
    assert before["operation_gas_kg"] == pytest.approx(108_108.61, abs=0.005)
    assert before["operation_kg"] == pytest.approx(2_976_608.61, abs=0.005)
    assert before["operation_regulated_kg"] == pytest.approx(2_116_058.61, abs=0.005)
    assert before["embodied_kg"] == 0.0
    assert after["per_m2"]["net"] == pytest.approx(1_821.68702)
    assert after["per_m2_a"]["net"] == pytest.approx(36.4337404)
    assert found["saved"]["net_kg"] == pytest.approx(2_976_608.61 - 1_821_687.02, abs=0.01)
    assert found["carbon_payback_a"] == pytest.approx(69_977.17 / 25_110.1722)
    assert found["ets_first_year_kg"]["before"] == pytest.approx(42_000.0)
    assert found["ets_first_year_kg"]["electricity_factor"]["value"] == 0.42
    assert found["electricity_factor"]["value"] == 0.5737
    course = found["course"]
    assert course["after_kg"][0] == pytest.approx(69_977.17)
    assert course["after_kg"][25] - course["after_kg"][24] == pytest.approx(34_422.0 + 29_831.13)
    assert course["after_kg"][-1] == pytest.approx(after["net_kg"])
    assert course["before_kg"][-1] == pytest.approx(before["net_kg"])
    keys = {one.key for one in said}
    assert "life_cycle.existing" in keys
    assert {"life_cycle.refrigerant.before", "life_cycle.refrigerant.after"} <= keys


def test_refrigerant_and_greenery_by_hand() -> None:
    """100 kW of R410A at 0.3 kg/kW over 15 a: 30/15 x 2,088 = 4,176 kg/a, 208,800 in 50 a; R32 at 0.2 and
    10 a: 20/10 x 675 = 1,350, 67,500. 100 m2 of tall grass take 115 a year, 5,750."""
    old = Site(refrigerants=(Refrigerant("R410A", 100.0),))
    new = Site(
        refrigerants=(Refrigerant("R32", 100.0, charge_kg_per_kw=0.2, life=10.0),),
        greenery_m2={"grass_high": 100.0},
    )
    found, said = life_cycle([], BEFORE, AFTER, TERMS, site_before=old, site_after=new)
    assert found["before"]["operation_refrigerant_kg"] == pytest.approx(208_800.0)
    assert found["after"]["operation_refrigerant_kg"] == pytest.approx(67_500.0)
    assert found["after"]["sink_kg"] == pytest.approx(-5_750.0)
    assert found["after"]["net_kg"] == pytest.approx(1_721_100.0 + 67_500.0 - 5_750.0)
    assert found["course"]["after_kg"][-1] == pytest.approx(found["after"]["net_kg"])
    keys = {one.key for one in said}
    assert {"life_cycle.gwp.R410A", "life_cycle.charge", "life_cycle.sink.grass_high"} <= keys
    assert not any(key.startswith("life_cycle.refrigerant") for key in keys)


def test_a_plant_of_the_library_holds_what_is_usual() -> None:
    """400 kW of splits of 2005: 0.3 kg/kW of R22 over 15 a, 8 kg x 1,810 = 14,480 a year, 724,000 in 50 a."""
    found, said = life_cycle(
        [], BEFORE, AFTER, TERMS,
        site_before=site_of("split_multi_2005", 400.0), site_after=site_of("vrf_efficient_2022", 300.0),
    )  # fmt: skip
    assert found["before"]["operation_refrigerant_kg"] == pytest.approx(724_000.0)
    assert found["after"]["operation_refrigerant_kg"] == pytest.approx(300.0 * 0.35 / 15.0 * 2088.0 * 50.0)
    assert "life_cycle.plant.split_multi_2005" in {one.key for one in said}


def test_leakage_that_is_known_on_one_side_is_no_saving() -> None:
    found, said = life_cycle(
        [], BEFORE, BEFORE, TERMS, site_before=site_of("vrf_2010", 1.0), site_after=site_of("own", 1.0)
    )
    assert found["saved"]["net_kg"] == 0.0
    assert found["before"]["operation_refrigerant_kg"] is None
    assert "life_cycle.refrigerant.before" in {one.key for one in said}


def test_what_is_not_known_is_told_and_not_nought() -> None:
    found, said = life_cycle([dataclasses.replace(WINDOW, mass=0.0)], year(1.0), year(1.0), TERMS)
    assert found["after"]["operation_refrigerant_kg"] is None
    assert found["after"]["operation_regulated_kg"] is None
    assert found["after"]["transport_kg"] == 0.0
    told = {one.key: one for one in said}
    assert told["life_cycle.mass"].confidence == "missing"
    assert "window" in told["life_cycle.mass"].en
    assert told["life_cycle.split"].confidence == "missing"


def test_the_grid_falls_as_the_scenario_says() -> None:
    """0.5737 in 2023 to 0.05 in 2060, straight: 2042 is 0.5737 - 0.5237 x 19/37."""
    factors, said = grid_factors("linear_2060", 2026, 50)
    assert factors[2042 - 2027] == pytest.approx(0.5737 - 0.5237 * 19.0 / 37.0)
    assert factors[-1] == pytest.approx(0.05)
    assert (np.diff(factors) <= 0.0).all()
    assert said[0].confidence == "assumed"
    own, said = grid_factors({2030: 0.5, 2040: 0.3}, 2026, 20)
    assert own[[0, 3, 8, 13, 19]] == pytest.approx([0.5, 0.5, 0.4, 0.3, 0.3])
    assert said == []


def test_a_projects_own_terms_are_read() -> None:
    own = Finance(start_year=2028, service_life=30, grid_factor={2030: 0.4})
    found, _ = life_cycle([], BEFORE, AFTER, own)
    assert found["grid_factor"]["year"][0] == 2029
    assert found["after"]["operation_electricity_kg"] == pytest.approx(60_000.0 * 0.4 * 30)
    default, said = life_cycle([], BEFORE, AFTER, Finance())
    assert default["years"] == 50
    assert "life_cycle.grid" in {one.key for one in said}


def test_both_states_have_the_same_factors() -> None:
    """A falling grid saves nothing where the building does not change."""
    found, _ = life_cycle([], BEFORE, BEFORE, LifeCycleTerms(2026))
    assert found["saved"]["net_kg"] == 0.0
    assert found["carbon_payback_a"] == 0.0


def test_fading_pv_is_imported_instead() -> None:
    """1,000 kWh of own use: ages 0 to 24 twice in 50 years lose 0.55 % x 2 x 300 = 3.3 years' use."""
    sunny = dataclasses.replace(AFTER, pv_kwh=1000.0, pv_used_kwh=1000.0)
    found, _ = life_cycle([line("pv", 1.0, 600.0, 60.0, 25.0, "kWp")], BEFORE, sunny, TERMS)
    assert found["after"]["operation_electricity_kg"] == pytest.approx(1_721_100.0 + 3_300.0 * 0.5737)


def test_export_stands_beside() -> None:
    found, _ = life_cycle([], BEFORE, dataclasses.replace(AFTER, grid_export_kwh=1000.0), TERMS)
    assert found["after"]["operation_exported_pv_not_counted_kg"] == pytest.approx(-28_685.0)
    assert found["after"]["net_kg"] == pytest.approx(1_721_100.0)


@given(st.floats(0.0, 1e6), st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=60))
def test_payback_is_where_the_sum_crosses(upfront: float, saved: list[float]) -> None:
    found = carbon_payback(upfront, np.array(saved))
    summed = np.concatenate([[0.0], np.cumsum(saved)])
    if found is None:
        assert summed.max() < upfront
    else:
        assert np.interp(found, np.arange(len(summed)), summed) == pytest.approx(upfront, abs=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: life_cycle([], BEFORE, dataclasses.replace(AFTER, floor_area_m2=900.0), TERMS),
        lambda: life_cycle([], BEFORE, AFTER, LifeCycleTerms(2026, years=0)),
        lambda: life_cycle([], BEFORE, AFTER, LifeCycleTerms(2026, grid={})),
        lambda: life_cycle([], BEFORE, AFTER, LifeCycleTerms(2026, grid={2030: -0.1})),
        lambda: life_cycle([], BEFORE, AFTER, LifeCycleTerms(2026, grid="magic")),
        lambda: life_cycle([], BEFORE, AFTER, TERMS, site_before=R11, site_after=R11),
        lambda: life_cycle([], BEFORE, AFTER, TERMS, site_after=Site(greenery_m2={"cactus": 1.0})),
        lambda: life_cycle([dataclasses.replace(WINDOW, life=0.0)], BEFORE, AFTER, TERMS),
    ],
)
def test_terms_that_cannot_be_are_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(TwinError):
        call()
