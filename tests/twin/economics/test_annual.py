"""What a year costs and emits, read from what the judges say."""

from __future__ import annotations

import pandas as pd
import pytest

from twin.economics import AnnualState, annual_state, total
from twin.economics.annual import battery_benefit_cny
from twin.judges import judge_building
from twin.judges.subject import Subject
from twin.variables import REGISTRY
from weather.errors import TwinError

OFFICE = Subject("office", 1000.0, "office")


def series(hours: int = 8760, **values: float) -> pd.DataFrame:
    index = pd.date_range("2025-01-01", periods=hours, freq="60min", tz="Asia/Shanghai")
    table = pd.DataFrame(0.0, index=index, columns=list(REGISTRY["building"]))
    for name, value in values.items():
        table[name] = value
    return table


def test_a_constant_year_by_hand() -> None:
    """10 kW in (5 lighting, 3 plugs, 2 vehicles), 1 kW of gas, 4 kW of PV of which 1 goes out, 8,760 h.

    87,600 kWh in; 35,040 PV, 8,760 out, 26,280 used; regulated 43,800, plugs and vehicles 43,800. Carbon
    87,600 x 0.5737 + 8,760 x 0.0036 x 55.54 = 50,256.12 + 1,751.51 (the market's 36,792 + 1,751.51).
    """
    table = series(
        lighting_kw=5.0, equipment_kw=3.0, ev_charge_kw=2.0, gas_kw=1.0, pv_kw=4.0, grid_import_kw=10.0,
        grid_export_kw=1.0,
    )  # fmt: skip
    figures, _, _ = judge_building(table, None, table, OFFICE)
    state = annual_state(figures)
    assert state.grid_import_kwh == pytest.approx(87_600.0)
    assert state.pv_used_kwh == pytest.approx(26_280.0)
    assert state.regulated_kwh == pytest.approx(43_800.0)
    assert state.unregulated_kwh == pytest.approx(43_800.0)
    assert state.carbon_kg == pytest.approx(50_256.12 + 8760 * 0.0036 * 55.54)
    assert state.carbon_ets_kg == pytest.approx(36_792.0 + 8760 * 0.0036 * 55.54)
    assert state.electricity_cny == figures["cost"]["electricity_cny"]
    assert state.import_price_cny_kwh == pytest.approx(figures["cost"]["energy_cny"] / 87_600.0)
    assert state.export_price_cny_kwh == pytest.approx(0.4155)
    assert state.battery_benefit_cny is None


def test_a_part_of_a_year_is_refused() -> None:
    figures, _, _ = judge_building(series(8000, grid_import_kw=1.0), None, series(8000), OFFICE)
    with pytest.raises(TwinError, match="whole year"):
        annual_state(figures)


@pytest.mark.parametrize(("at_night", "worth"), [(5.0, "gain"), (10.0, "loss")])
def test_a_battery_is_worth_what_the_bill_without_it_would_be_more(at_night: float, worth: str) -> None:
    """It charges 1 kW at 3:00 and gives it at 9:00 on every day. Where 10 kW are drawn at 3:00 already, it
    sets a new highest demand, which costs more than the spread of the two prices brings."""
    plain = series(lighting_kw=10.0, grid_import_kw=10.0)
    night, morning = plain.index.hour == 3, plain.index.hour == 9
    plain.loc[night, ["lighting_kw", "grid_import_kw"]] = at_night
    table = plain.copy()
    table.loc[night, ["battery_charge_kw", "grid_import_kw"]] = [1.0, at_night + 1.0]
    table.loc[morning, ["battery_discharge_kw", "grid_import_kw"]] = [1.0, 9.0]
    bills = [judge_building(one, None, one, OFFICE)[0] for one in (plain, table)]
    benefit = battery_benefit_cny(table, OFFICE)
    assert benefit == pytest.approx(bills[0]["cost"]["electricity_cny"] - bills[1]["cost"]["electricity_cny"])
    assert benefit > 0.0 if worth == "gain" else benefit < 0.0
    assert annual_state(bills[1], battery_benefit_cny=benefit).battery_benefit_cny == benefit


def test_a_district_adds_up() -> None:
    """Prices are weighted by what was traded at them: (1 x 100 + 0.5 x 300)/400."""
    one = AnnualState(10.0, 1.0, 5.0, 4.0, 100.0, 0.0, 0.0, 0.0, 2.0, 50.0, 1.0)
    two = AnnualState(20.0, 2.0, 6.0, 5.0, 300.0, 10.0, 20.0, 10.0, 3.0, 70.0, 0.5, 0.4)
    both = total({"a": one, "b": two})
    assert (both.electricity_cny, both.gas_cny, both.floor_area_m2) == (30.0, 3.0, 120.0)
    assert both.import_price_cny_kwh == pytest.approx(0.625)
    assert both.export_price_cny_kwh == pytest.approx(0.4)
    assert both.regulated_kwh is None
    with pytest.raises(TwinError, match="no building"):
        total({})
