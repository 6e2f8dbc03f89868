"""Heat pumps: against hplib side by side, certified points, EN 14825 by hand, published frost losses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from hplib import hplib
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from buildings.systems.component import (
    AMBIENT,
    CARRIERS,
    CHILLED_WATER,
    CONDITIONS,
    ELECTRICITY,
    HOT_WATER,
    SOURCE,
    SPACE_HEAT,
    STORED,
    Setting,
)
from buildings.systems.heat_pump import HEAT_PUMP, HeatPump, prepare
from buildings.systems.heat_pump_fits import SOURCES, SUPPLIES
from buildings.systems.heat_pump_machine import BY_RETURN, SINK_KIND, outside_range
from buildings.systems.heat_pump_products import hplib_database, load_heat_pump
from buildings.systems.records import read_library
from weather import load_weather
from weather.errors import TwinError
from weather.psychrometrics import humidity_ratio_from_relative_humidity, wet_bulb

Array = NDArray[np.float64]
Run = Callable[..., Any]
NOTHING = np.zeros(0)
PRODUCTS = read_library("heat_pumps")
ROWS = [(key, serves) for key, values in PRODUCTS.items() for serves in values["serves"]]
OF_HPLIB = [key for key, values in PRODUCTS.items() if "hplib" in values]
HEATING = [key for key, values in PRODUCTS.items() if "heating" in values]
BARE: dict[str, Any] = {"frost": 0.0, "cycling": 1.0}
"""Neither frost beyond the fit's nor losses of cycling: hplib has none."""
LIKE_HPLIB: dict[str, Any] = BARE | {"fit": "hplib"}
SIZE = 12e3


_loaded = cache(load_heat_pump)


def of(key: str, serves: str = "space_heat", *, fit: str = "dry", **changes: float) -> Array:
    """A product at a size."""
    return HEAT_PUMP.pack(serves, _loaded(key, SIZE, serves, fit=fit) | changes)


def draws_behind(key: str) -> bool:
    """Whether a product needs a source behind it."""
    return bool(PRODUCTS[key]["draws_on"] == "behind")


@given(
    row=st.sampled_from(ROWS),
    t_out=st.floats(-30.0, 48.0),
    depression=st.floats(0.0, 8.0),
    source=st.floats(-10.0, 50.0),
    supply=st.floats(3.0, 75.0),
    drop=st.floats(2.0, 30.0),
    share=st.floats(-0.1, 1.1),
    step=st.sampled_from([60.0, 900.0, 3600.0]),
)
def test_books_close_within_limits(
    run_component: Run,
    usual: Run,
    row: tuple[str, str],
    t_out: float,
    depression: float,
    source: float,
    supply: float,
    drop: float,
    share: float,
    step: float,
) -> None:
    p = of(*row)
    cold = row[1] == "chilled_water"
    c = usual(
        step=step,
        temp_out=t_out,
        wet_bulb_out=t_out - depression,
        temp_source=source,
        temp_supply=supply,
        temp_return=supply + drop if cold else supply - drop,
    )
    most = run_component(HEAT_PUMP, p, NOTHING, 0.0, c).limits[0, 1]
    ran = run_component(HEAT_PUMP, p, NOTHING, share * most, c)
    flows = ran.flows[0]
    given_w = min(max(share, 0.0), 1.0) * most
    served = flows[CARRIERS.index(row[1])]
    assert served == pytest.approx(-given_w if cold else given_w)
    assert flows[ELECTRICITY] <= 0.0
    assert flows[STORED] == 0.0
    if not draws_behind(row[0]):
        assert flows[SOURCE] == 0.0
    elif cold:
        assert flows[SOURCE] >= given_w
    else:
        assert -given_w <= flows[SOURCE] <= 0.0
        assert flows[AMBIENT] >= -1e-9 * most, "losses only: its heat comes from the source"


def _columns(usual: Run, n: int, **series: Array) -> Array:
    c = np.tile(usual(step=3600.0), (n, 1))
    for name, values in series.items():
        c[:, CONDITIONS.index(name)] = values
    return c


def _hplib_machine(key: str, p: Array) -> tuple[Any, int]:
    """hplib's own machine of the size of `p`."""
    values = PRODUCTS[key]
    table = hplib_database()
    row = table[table["Model"] == values["hplib"]]
    if values["hplib"] == "Generic":
        row = row[row["Group"] == values["group"]]
    parameters = row.iloc[:1].copy()
    ours = dict(zip(HEAT_PUMP.parameters, p[1:], strict=True))
    coefficient = float(row["p3_P_el_h [-]"].iloc[0])
    electric = ours["a_0"] / coefficient
    parameters["P_el_h_ref [W]"] = electric
    parameters["P_th_h_ref [W]"] = ours["frost_rated"]
    return hplib.HeatPump(parameters), int(row["Group"].iloc[0])


@pytest.mark.parametrize("key", OF_HPLIB)
def test_hplib_gives_the_same_electricity_for_the_same_heat(run_component: Run, usual: Run, key: str) -> None:
    """Over source, supply and outdoor temperatures, at the load that hplib itself runs at and at others."""
    p = of(key, **LIKE_HPLIB)
    theirs, group = _hplib_machine(key, p)
    air = group in (1, 4)
    grid = np.meshgrid([-6.0, 0.5, 4.0, 9.0, 15.0] if air else [4.0, 9.0, 16.0], [27.0, 35.0, 45.0, 54.0])
    source, supply = (part.ravel() for part in grid)
    outdoor = source if air else np.linspace(-5.0, 15.0, len(source))
    c = _columns(usual, len(source), temp_out=outdoor, temp_source=source, temp_supply=supply)
    c[:, CONDITIONS.index("wet_bulb_out")] = outdoor - 1.0
    result = theirs.simulate(source.copy(), supply - 5.0, outdoor.copy())
    most = run_component(HEAT_PUMP, p, NOTHING, np.zeros(len(source)), c).limits[:, 1]
    for load in (np.minimum(result["P_th"], most), 0.9 * most):
        ran = run_component(HEAT_PUMP, p, NOTHING, load, c)
        reachable = most > 0.0
        # a machine of one speed, and a regulated one below its least, runs a part of the time at hplib's COP
        expected = load / result["COP"]
        assert reachable.sum() >= 0.7 * len(source)
        assert -ran.flows[reachable, ELECTRICITY] == pytest.approx(expected[reachable], rel=1e-9)


@pytest.mark.parametrize("key", [key for key in OF_HPLIB if "chilled_water" in PRODUCTS[key]["serves"]])
def test_hplib_cools_with_the_same_electricity(run_component: Run, usual: Run, key: str) -> None:
    p = of(key, "chilled_water", **BARE)
    values = PRODUCTS[key]
    table = hplib_database()
    row = table[(table["Model"] == values["hplib"]) & (table["Group"] == 1)].iloc[:1].copy()
    # hplib wants its heating side as well; a generic machine's cooling is of 1 W until it is scaled
    row["P_el_c_ref [W]"] = dict(zip(HEAT_PUMP.parameters, p[1:], strict=True))["rated_power"]
    row["P_el_h_ref [W]"] = row["P_th_h_ref [W]"] = 1.0
    theirs = hplib.HeatPump(row)
    grid = np.meshgrid([21.0, 24.0, 28.0, 35.0, 40.0], [7.0, 12.0, 18.0])
    outdoor, supply = (part.ravel() for part in grid)
    result = theirs.simulate(outdoor.copy(), supply + 5.0, outdoor.copy(), mode=2)
    c = _columns(usual, len(outdoor), temp_out=outdoor, temp_supply=supply)
    cold = -result["P_th"]
    ran = run_component(HEAT_PUMP, p, NOTHING, cold, c)
    inside = cold <= ran.limits[:, 1]
    assert inside.sum() >= 0.5 * len(outdoor)
    assert -ran.flows[inside, ELECTRICITY] == pytest.approx(result["P_el"][inside], rel=1e-9)


@pytest.fixture(scope="module")
def season() -> dict[str, Array]:
    """A heating season of Shanghai: air, brine, and the supply that hplib's own heating curve asks for."""
    year = load_weather("shanghai").data
    dry = year["temp_air"].to_numpy()
    humidity, pressure = year["relative_humidity"].to_numpy(), year["pressure"].to_numpy()
    ratio = humidity_ratio_from_relative_humidity(dry, humidity, pressure)
    wet = wet_bulb(dry, ratio, pressure)
    daily = np.repeat(dry.reshape(-1, 24).mean(axis=1), 24)
    system = hplib.HeatingSystem(t_outside_min=-2.0, t_hs_set=[45, 38])
    supply = np.array([system.calc_heating_dist_temp(t)[0] for t in daily])
    brine = np.array([system.calc_brine_temp(t) for t in daily])
    on = daily < 12.0
    load = np.where(on, np.maximum(18.0 - dry, 0.0), 0.0) / 20.0
    return {"dry": dry, "wet": wet, "supply": np.maximum(supply, 25.0), "brine": brine, "load": load}


def _season(run_component: Run, usual: Run, key: str, s: dict[str, Array], **changes: Any) -> Any:
    p = of(key, **changes)
    source = np.clip(s["brine"], 4.0, None)
    c = _columns(
        usual,
        len(s["dry"]),
        temp_out=s["dry"],
        wet_bulb_out=s["wet"],
        temp_source=source,
        temp_supply=s["supply"],
        temp_return=s["supply"] - 5.0,
    )
    heat = s["load"] * 0.55 * SIZE
    ran = run_component(HEAT_PUMP, p, NOTHING, heat, c)
    return p, source, heat, ran


@pytest.mark.parametrize("key", OF_HPLIB)
def test_seasonal_cop_of_shanghai_is_hplibs(
    run_component: Run, usual: Run, season: dict[str, Array], figure: Callable[[str], None], key: str
) -> None:
    """The year through both with identical inputs; then what our own machine makes of it, with all losses.

    hplib's plane through the COPs of air machines, which are convex, is 9 to 14 % high at A2 in the median of
    the certificates and 13 to 27 % of one here, amid a Shanghai winter: ours stays below it.
    """
    p, source, heat, ran = _season(run_component, usual, key, season, **LIKE_HPLIB, standby=0.0)
    assert ran.flows[:, SPACE_HEAT] == pytest.approx(heat)
    assert heat.sum() > 0.0
    theirs, group = _hplib_machine(key, p)
    air = group in (1, 4)
    result = theirs.simulate(
        (season["dry"] if air else source).copy(), season["supply"] - 5.0, season["dry"].copy()
    )
    cop = heat.sum() / (heat / result["COP"]).sum()
    ours = heat.sum() / -ran.flows[:, ELECTRICITY].sum()
    full = _season(run_component, usual, key, season)[3]
    complete = full.flows[:, SPACE_HEAT].sum() / -full.flows[:, ELECTRICITY].sum()
    unmet = 1.0 - full.flows[:, SPACE_HEAT].sum() / heat.sum()
    figure(
        f"{key}: seasonal COP hplib {cop:.3f}, ours {ours:.3f} ({100 * (ours / cop - 1):+.4f} %), "
        f"as loaded, with frost, cycling and standby {complete:.3f} ({100 * (complete / cop - 1):+.1f} %), "
        f"unmet {100 * unmet:.2f} %"
    )
    assert ours == pytest.approx(cop, rel=0.01)
    assert (0.75 if air else 0.88) < complete / cop < 1.03
    assert unmet < 0.02


@pytest.mark.parametrize("key", [key for key in OF_HPLIB if PRODUCTS[key]["hplib"] != "Generic"])
def test_points_of_the_certificates_in_hplibs_database(
    run_component: Run, usual: Run, figure: Callable[[str], None], key: str
) -> None:
    """The point that hplib keeps as measured (A-7, B0 or W10, each at W52), and its cooling point A35/W7.

    The line through eight points of EN 14825 leaves the coldest of a regulated air machine low: the fit's
    fault, which hplib states as a mean of COP errors (MAPE_COP).
    """
    row = hplib_database().set_index("Model").loc[PRODUCTS[key]["hplib"]]
    group = int(row["Group"])
    source = {1: -7.0, 2: 0.0, 4: -7.0, 5: 0.0, 6: 10.0}[group]
    size = float(row["P_th_h_ref [W]"])
    p = HEAT_PUMP.pack("space_heat", load_heat_pump(key, size, at=(source, 52.0), fit="hplib") | BARE)
    c = usual(temp_out=-7.0, wet_bulb_out=-8.0, temp_source=source, temp_supply=52.0)
    ran = run_component(HEAT_PUMP, p, NOTHING, 1e9, c)
    cop = ran.flows[0, SPACE_HEAT] / -ran.flows[0, ELECTRICITY]
    figure(
        f"{key}: W52 COP {cop:.2f} against {row['COP_ref']:.2f} certified "
        f"({100 * (cop / row['COP_ref'] - 1):+.0f} %); hplib's mean over its points {row['MAPE_COP']:.1f} %"
    )
    assert ran.flows[0, SPACE_HEAT] == pytest.approx(size)
    # single points of the fit: to four times the mean error that hplib states for the machine, and 10 %
    assert abs(cop / row["COP_ref"] - 1.0) < max(0.04 * row["MAPE_COP"], 0.10)
    if "chilled_water" not in PRODUCTS[key]["serves"]:
        return
    p = HEAT_PUMP.pack("chilled_water", load_heat_pump(key, size, "chilled_water", at=(source, 52.0)) | BARE)
    ran = run_component(HEAT_PUMP, p, NOTHING, 1e9, usual(temp_out=35.0, temp_supply=7.0))
    cold, eer = -ran.flows[0, CHILLED_WATER], -ran.flows[0, CHILLED_WATER] / -ran.flows[0, ELECTRICITY]
    certified = row["P_th_c_ref [W]"] / row["P_el_c_ref [W]"]
    error = 100 * (eer / certified - 1)
    figure(f"{key}: A35/W7 EER {eer:.2f} against {certified:.2f} certified ({error:+.0f} %)")
    assert eer == pytest.approx(certified, rel=0.12)
    assert cold > 0.0


@pytest.mark.parametrize("key", [key for key, v in PRODUCTS.items() if "certified_cop" in v])
def test_the_frost_test_of_the_certificate_is_met(
    run_component: Run, usual: Run, figure: Callable[[str], None], key: str
) -> None:
    """A2/W30 and A2/W42 to the digit, with frost; the other points of EN 14825 to some percent."""
    certified = np.array(PRODUCTS[key]["certified_cop"])
    c = np.array(
        [
            usual(temp_out=t, wet_bulb_out=t - 1.0, temp_supply=w)
            for t, w in zip(SOURCES, SUPPLIES, strict=True)
        ]
    )
    error = {}
    machines: dict[str, dict[str, Any]] = {"ours": {}, "dry": {"frost": 0.0}, "hplib's": {"fit": "hplib"}}
    for name, changes in machines.items():
        p = of(key, cycling=1.0, **changes)
        ran = run_component(HEAT_PUMP, p, NOTHING, np.full(8, 1e9), c)
        error[name] = ran.flows[:, SPACE_HEAT] / -ran.flows[:, ELECTRICITY] / certified - 1.0
        figure(f"{key}, {name}: COP at A-7, A2, A7, A12 low, then medium {(100 * error[name]).round(1)} %")
    assert error["ours"][[1, 5]] == pytest.approx(0.0, abs=1e-6)
    assert error["dry"][[1, 5]] == pytest.approx(1.0 / (1.0 - 0.066) - 1.0, abs=1e-6)
    assert np.abs(error["ours"]).max() < 0.09
    assert np.abs(error["ours"]).mean() < 0.6 * np.abs(error["hplib's"]).mean()


def test_cycling_is_en_14825s(run_component: Run, usual: Run) -> None:
    """C = 0.9: half the time on leaves 0.5 / (0.45 + 0.1) of the COP, a tenth 0.1 / (0.09 + 0.1)."""
    p = of("alpha_innotec_lw_101", cycling=0.9)
    most = run_component(HEAT_PUMP, p, NOTHING, 0.0, usual(temp_out=7.0, temp_supply=35.0)).limits[0, 1]
    loads = np.array([1.0, 0.5, 0.1]) * most
    ran = run_component(HEAT_PUMP, p, NOTHING, loads, usual(temp_out=7.0, temp_supply=35.0))
    cop = ran.flows[:, SPACE_HEAT] / -ran.flows[:, ELECTRICITY]
    assert cop / cop[0] == pytest.approx([1.0, 0.5 / 0.55, 0.1 / 0.19])


def test_a_regulated_machine_cycles_below_its_least_only(run_component: Run, usual: Run) -> None:
    """hplib: a quarter of the electric power that the fit gives at -7 degC outdoors and this supply."""
    p = of("daikin_epra_18", cycling=0.9)
    c = usual(temp_out=7.0, temp_supply=35.0)
    row: Any = hplib_database().set_index("Model").loc["EPRA18DW / ETVX16S23D9W(G)"]
    at = {n: float(row[f"p{n}_P_el_h [{'-' if n == 3 else '1/°C'}]"]) for n in (1, 2, 3, 4)}
    ours = dict(zip(HEAT_PUMP.parameters, p[1:], strict=True))
    least_power = 0.25 * ours["rated_power"] * (-7.0 * (at[1] + at[4]) + 35.0 * at[2] + at[3])
    shares = np.linspace(0.02, 1.0, 50)
    most = run_component(HEAT_PUMP, p, NOTHING, 0.0, c).limits[0, 1]
    ran = run_component(HEAT_PUMP, p, NOTHING, shares * most, c)
    cop = ran.flows[:, SPACE_HEAT] / -ran.flows[:, ELECTRICITY]
    least = least_power * cop[-1]
    running = shares * most >= least
    assert 3 < running.sum() < 48
    assert cop[running] == pytest.approx(cop[-1])
    cr = shares[~running] * most / least
    assert cop[~running] / cop[-1] == pytest.approx(cr / (0.9 * cr + 0.1))
    assert (np.diff(-ran.flows[:, ELECTRICITY]) > 0.0).all()


@pytest.mark.parametrize("key", ["air_water_on_off", "air_water_regulated", "daikin_erga_04"])
def test_frost_of_a_season_is_as_measured(
    run_component: Run, usual: Run, season: dict[str, Array], figure: Callable[[str], None], key: str
) -> None:
    """Shanghai's winter: what frost and defrosting take of the season's electricity.

    Measured: a laboratory machine with defrosting on demand over seasons 2 to 8 % (ASHRAE Transactions 93-1,
    1987, NY-87-16-3); 45 days of a winter at a hospital in Nanjing, 2.6 degC in the mean, 3 % of the output
    on days of frost; a house in Knoxville with a defrost timer 13.9 % (Baxter and Moyers 1985).
    """
    frosted, dry, energyplus = (
        _season(run_component, usual, key, season, frost=frost)[3] for frost in (3.0, 0.0, 1.0)
    )

    def per_heat(ran: Any) -> float:
        return float(-ran.flows[:, ELECTRICITY].sum() / ran.flows[:, SPACE_HEAT].sum())

    loss = 1.0 - per_heat(dry) / per_heat(frosted)
    theirs = 1.0 - per_heat(dry) / per_heat(energyplus)
    hours = (season["load"] > 0.0) & (season["dry"] < 7.0)
    figure(
        f"{key}: frost takes {100 * loss:.1f} % of a Shanghai season's electricity, EnergyPlus' "
        f"{100 * theirs:.1f} % ({hours.sum()} h of heating below 7 degC)"
    )
    assert 0.015 < loss < 0.08
    assert loss < theirs


@given(t_out=st.floats(-8.0, 6.9), dryer=st.floats(0.0, 4.0), more=st.floats(0.05, 2.0))
def test_moister_air_frosts_more(
    run_component: Run, usual: Run, t_out: float, dryer: float, more: float
) -> None:
    p = of("air_water_curves")
    at = {"temp_out": t_out, "temp_supply": 45.0}
    c = np.array([usual(wet_bulb_out=t_out - d, **at) for d in (dryer, dryer + more)])
    ran = run_component(HEAT_PUMP, p, NOTHING, np.full(2, 1e9), c)
    moist, dry = ran.flows[:, SPACE_HEAT] / -ran.flows[:, ELECTRICITY]
    assert moist <= dry * (1.0 + 1e-12)
    assert ran.limits[0, 1] <= ran.limits[1, 1] * (1.0 + 1e-12)


def test_frost_at_two_degrees_in_damp_air(
    run_component: Run, usual: Run, figure: Callable[[str], None]
) -> None:
    """In the laboratory's air (84 % RH), in Shanghai's dampest, and in air too dry to frost."""
    p = of("air_water_curves")
    clear = HEAT_PUMP.pack("space_heat", load_heat_pump("air_water_curves", SIZE) | {"frost": 0.0})
    at = {"temp_out": 2.0, "temp_supply": 45.0}
    c = np.array([usual(wet_bulb_out=w, **at) for w in (1.0, 1.9, -2.0)])
    wishes = np.full(3, 1e9)
    frosted, bare = (run_component(HEAT_PUMP, q, NOTHING, wishes, c) for q in (p, clear))
    cop = frosted.flows[:, SPACE_HEAT] / frosted.flows[:, ELECTRICITY]
    relative = cop / (bare.flows[:, SPACE_HEAT] / bare.flows[:, ELECTRICITY])
    output = frosted.limits[:, 1] / bare.limits[:, 1]
    figure(
        f"frost at 2 degC and 84, 99 and 36 % RH: COP {(100 * (relative - 1)).round(1)} %, "
        f"output {(100 * (output - 1)).round(1)} %"
    )
    assert relative[2] == output[2] == 1.0
    # at 84 % the losses of the frost test (`data/frost.yaml`); at 99 % of a quarter more ice
    assert relative[0] == pytest.approx(1.0 - 0.066, abs=1e-6)
    assert output[0] == pytest.approx(0.90, abs=1e-6)
    assert 1.0 - relative[1] == pytest.approx(0.066 * 1.24, rel=0.02)


@given(
    key=st.sampled_from(HEATING),
    source=st.floats(5.5, 18.0),
    supply=st.floats(26.0, 48.0),
    rise=st.floats(0.1, 6.0),
)
def test_cop_rises_with_the_source_and_falls_with_the_supply(
    run_component: Run, usual: Run, key: str, source: float, supply: float, rise: float
) -> None:
    serves = "space_heat" if "space_heat" in PRODUCTS[key]["serves"] else "hot_water"
    p = of(key, serves)
    outdoor = {"temp_out": 6.0} if draws_behind(key) else {}

    def at(warm: float, hot: float) -> Array:
        air = outdoor or {"temp_out": warm, "wet_bulb_out": warm - 1.0}
        return usual(temp_source=warm, temp_supply=hot, temp_return=hot - 5.0, **air)

    c = np.array([at(source, supply), at(source + rise, supply), at(source, supply + rise)])
    ran = run_component(HEAT_PUMP, p, NOTHING, np.full(3, 1e9), c)
    assume((ran.limits[:, 1] > 0.0).all())
    served = ran.flows[:, HOT_WATER if serves == "hot_water" else SPACE_HEAT]
    cop = served / -ran.flows[:, ELECTRICITY]
    assert cop[1] >= cop[0] * (1.0 - 1e-12)
    assert cop[2] <= cop[0] * (1.0 + 1e-12)


def test_what_it_cannot_reach_is_not_offered(run_component: Run, usual: Run) -> None:
    p = of("daikin_erga_04")
    c = np.array(
        [
            usual(temp_out=7.0, temp_supply=64.0),
            usual(temp_out=7.0, temp_supply=66.0),
            usual(temp_out=-15.0, temp_supply=61.0),
            usual(temp_out=-26.0, temp_supply=35.0),
            usual(temp_out=36.0, temp_supply=35.0),
        ]
    )
    ran = run_component(HEAT_PUMP, p, NOTHING, np.full(5, 5e3), c)
    assert (ran.limits[:, 1] > 0.0).tolist() == [True, False, False, False, False]
    assert ran.flows[1:, ELECTRICITY] == pytest.approx(-p[HEAT_PUMP.parameters.index("standby") + 1])


@pytest.mark.parametrize(
    ("at", "held"),
    [
        ({"temp_out": 7.0, "temp_supply": 35.0}, False),
        ({"temp_out": 7.0, "temp_supply": 22.0}, True),
        ({"temp_out": 18.0, "temp_supply": 35.0}, True),
        ({"temp_out": 7.0, "temp_supply": 66.0}, False),  # it stands still
    ],
)
def test_being_held_at_the_edge_can_be_told(usual: Run, at: dict[str, float], held: bool) -> None:
    assert outside_range(of("daikin_erga_04"), usual(**at)) == held


def test_a_hot_water_machine_charges_a_tank_to_sixty(
    run_component: Run, usual: Run, figure: Callable[[str], None]
) -> None:
    """From 15 to 55 degC with air of 20/15 degC: grade 2 of GB 29541-2013 has 4.4."""
    passing = of("dhw_r134a", "hot_water")
    air = {"temp_out": 20.0, "wet_bulb_out": 15.0}
    at_once = usual(temp_supply=55.0, temp_return=15.0, **air)
    once = run_component(HEAT_PUMP, passing, NOTHING, np.full(1, 1e9), at_once)
    in_a_pass = once.flows[0, HOT_WATER] / -once.flows[0, ELECTRICITY]
    p = passing.copy()
    p[SINK_KIND] = BY_RETURN  # as behind a coil
    back = np.linspace(15.5, 54.5, 40)
    c = np.array([usual(temp_supply=55.0, temp_return=t, **air) for t in back])
    ran = run_component(HEAT_PUMP, p, NOTHING, np.full(40, 1e9), c)
    heat, used = ran.flows[:, HOT_WATER], -ran.flows[:, ELECTRICITY]
    cop = len(back) / (used / heat).sum()  # each kelvin of the tank takes the same heat
    winter = [usual(temp_supply=60.0, temp_return=50.0, temp_out=t, wet_bulb_out=t - 1.0) for t in (7.0, 2.0)]
    cold = run_component(HEAT_PUMP, p, NOTHING, np.full(2, 1e9), np.array(winter))
    figure(
        f"dhw_r134a: COP {cop:.2f} of a charge from 15 to 55 degC by a coil, {in_a_pass:.2f} in a pass, "
        f"against 4.4; at 50 degC in the tank "
        f"{(cold.flows[:, HOT_WATER] / -cold.flows[:, ELECTRICITY]).round(2)} at 7 and 2 degC"
    )
    assert cop == pytest.approx(4.4, rel=0.05)
    assert in_a_pass == pytest.approx(4.4, rel=0.01)
    assert (cold.flows[:, HOT_WATER] > 0.0).all()


def test_energyplus_equation_fit_by_hand(run_component: Run, usual: Run) -> None:
    """GSHPSimple-GLHE's machine: water of 40 from 10 degC, of 12 against 30 degC, at reference flows."""

    def fit(a: tuple[float, ...], load: float, source: float) -> float:
        t = 283.15
        return a[0] + a[1] * (load + 273.15) / t + a[2] * (source + 273.15) / t + a[3] + a[4]

    heat = 39040.92 * fit((-3.33491153, -0.51451946, 4.51592706, 0.01797107, 0.155797661), 40.0, 10.0)
    for_heat = 5130.0 * fit((-8.93121751, 8.57035762, 1.29660976, -0.21629222, 0.033862378), 40.0, 10.0)
    cold = 39890.91 * fit((-1.52030596, 3.46625667, -1.32267797, 0.09395678, 0.038975504), 12.0, 30.0)
    for_cold = 4790.0 * fit((-8.59564386, 0.96265085, 8.69489229, 0.02501669, -0.20132665), 12.0, 30.0)
    key = "water_water_reversible"
    p = of(key)
    warm = run_component(
        HEAT_PUMP, p, NOTHING, 1e9, usual(temp_source=10.0, temp_supply=45.0, temp_return=40.0)
    ).flows[0]
    assert warm[SPACE_HEAT] / -warm[ELECTRICITY] == pytest.approx(heat / for_heat, rel=1e-6)
    assert warm[SOURCE] == pytest.approx(-(warm[SPACE_HEAT] + warm[ELECTRICITY]))
    q = of(key, "chilled_water")
    cool = run_component(
        HEAT_PUMP, q, NOTHING, 1e9, usual(temp_source=30.0, temp_supply=7.0, temp_return=12.0)
    ).flows[0]
    assert -cool[CHILLED_WATER] / warm[SPACE_HEAT] == pytest.approx(cold / heat, rel=1e-6)
    assert cool[CHILLED_WATER] / cool[ELECTRICITY] == pytest.approx(cold / for_cold, rel=1e-6)
    assert cool[SOURCE] == pytest.approx(-(cool[CHILLED_WATER] + cool[ELECTRICITY]))


def test_a_size_holds_where_it_is_rated(run_component: Run, usual: Run) -> None:
    for key, values in PRODUCTS.items():
        serves = values["serves"][0]
        p = of(key, serves)
        source, supply = values["rating"]
        regulated = "hplib" in values and draws_behind(key)
        outdoor = -7.0 if regulated else source
        c = usual(
            temp_out=outdoor,
            wet_bulb_out=outdoor - 1.0,
            temp_source=source,
            temp_supply=supply,
            temp_return=supply,
        )
        assert run_component(HEAT_PUMP, p, NOTHING, 0.0, c).limits[0, 1] == pytest.approx(SIZE), key
    small, large = (load_heat_pump("air_water_regulated", w, at=(-7.0, 45.0)) for w in (5e3, 10e3))
    assert large["rated_power"] == pytest.approx(2.0 * small["rated_power"])


def test_any_model_of_hplib_by_its_name(run_component: Run, usual: Run) -> None:
    p = HEAT_PUMP.pack("space_heat", load_heat_pump("hplib:CHA-07/400V", 7e3))
    ran = run_component(HEAT_PUMP, p, NOTHING, 3e3, usual(temp_out=7.0, temp_supply=35.0))
    assert 4.0 < 3e3 / -ran.flows[0, ELECTRICITY] < 6.0
    with pytest.raises(TwinError, match="does not serve chilled_water"):
        load_heat_pump("hplib:CHA-07/400V", 7e3, "chilled_water")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (("air_water", 1e4), "air_water_regulated"),
        (("hplib:No such pump", 1e4), "no heat pump"),
        (("hplib:Generic", 1e4), "none to load by name"),
        (("air_water_regulated", -1.0), "capacity"),
        (("air_water_on_off", 1e4, "chilled_water"), "does not serve"),
        (("air_water_regulated", 1e4, "space_heat", (-40.0, 90.0)), "gives nothing"),
        (("air_water_regulated", 1e4, "space_heat", None, "wet"), "no fit"),
    ],
)
def test_what_a_user_can_get_wrong(arguments: tuple[Any, ...], match: str) -> None:
    with pytest.raises(TwinError, match=match):
        load_heat_pump(*arguments)


def _setting(**design: float) -> Setting:
    climate = load_weather("shanghai")
    return Setting(climate.at_step(60), climate, 0.2, design, 1e3)


def test_a_row_is_sized_for_its_design(run_component: Run, usual: Run) -> None:
    """Heat on the second coldest day and cold in the 51st hottest hour of the year, at the plant's supply."""
    row = HeatPump(
        type="heat_pump", name="hp", serves=("space_heat", "chilled_water"), equipment="daikin_epra_18"
    )
    setting = _setting(space_heat=50e3, chilled_water=80e3)
    warm = prepare(row, "space_heat", setting)
    cold = prepare(row, "chilled_water", replace(setting, again=True))
    assert warm.size == cold.size
    assert warm.parameters["standby"] > cold.parameters["standby"] == 0.0
    air = setting.climate.data["temp_air"].to_numpy()
    coldest = np.sort(air.reshape(-1, 24).mean(axis=1))[1]
    hottest = np.sort(air)[-51]
    gives = []
    for made, serves, t, supply in (
        (warm, "space_heat", coldest, 45.0),
        (cold, "chilled_water", hottest, 7.0),
    ):
        p = HEAT_PUMP.pack(serves, dict(made.parameters))
        c = usual(temp_out=t, wet_bulb_out=t - 1.0, temp_supply=supply)
        gives.append(run_component(HEAT_PUMP, p, NOTHING, 0.0, c).limits[0, 1])
    assert min(gives[0] / 50e3, gives[1] / 80e3) == pytest.approx(1.0)
    written = HeatPump(type="heat_pump", name="hp", serves=("hot_water",), capacity="30 kW")
    assert prepare(written, "hot_water", setting).size == 30e3
    ground = HeatPump(type="heat_pump", name="hp", serves=("chilled_water",), source="field")
    assert prepare(ground, "chilled_water", setting).parameters["source"] == 2.0


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"serves": ("space_heat",), "equipment": "nibe_f1145_12"}, "needs a source"),
        (
            {"serves": ("space_heat",), "equipment": "daikin_erga_04", "source": "field"},
            "outdoor air, not on",
        ),
        ({"serves": ("chilled_water",), "equipment": "air_water_on_off"}, "does not serve"),
        ({"serves": ("chilled_water",), "equipment": "fridge"}, "no entry"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(fields: dict[str, Any], match: str) -> None:
    row = HeatPump(type="heat_pump", name="hp", **fields)
    with pytest.raises(TwinError, match=match):
        prepare(row, row.carriers[0], _setting(space_heat=1e4, chilled_water=1e4))


def test_every_product_says_where_it_comes_from() -> None:
    table = hplib_database()
    real = [values for values in PRODUCTS.values() if values.get("hplib", "Generic") != "Generic"]
    assert len(real) >= 6
    assert {int(table.set_index("Model").loc[v["hplib"], "Group"]) for v in real} >= {1, 2, 4, 5}
    for key, values in PRODUCTS.items():
        assert all(values[name] for name in ("source", "name_en", "name_zh")), key
        assert 1990 < values["year"] < 2030
        assert values["confidence"] in (
            "stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"
        )  # fmt: skip
