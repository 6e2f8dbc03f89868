"""Figures carry the right sums, and stand for Runs that lack half of what they could show."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.report.call import GIVERS
from twin.report.call import given as who_gave
from twin.report.carpet import _colours, carpet, hours_by_days
from twin.report.duration import duration_curve, load_duration
from twin.report.figures import Section, sections
from twin.report.flows import BOARD, STORE, energy_flows, sankey
from twin.report.money import carbon_bars, cost_bars, cost_parts
from twin.report.months import CARRIERS, annual_bars, monthly_bars, monthly_intensity, stock_of
from twin.report.reading import NET, net_kw, run_names, table_of, values_of, without_call
from twin.report.rooms import operative_hours
from twin.report.style import LANGUAGES, plain, unframed
from twin.report.weeks import extreme_days, extreme_month, extreme_week, week, zone_band
from twin.store import Run
from twin.variables import SINKS, SOURCES
from weather.errors import TwinError


def _two_buildings(run: Run) -> Run:
    """The same hall twice, as a district."""
    return dataclasses.replace(
        run,
        manifest={
            **run.manifest,
            "buildings": {
                "hall": run.manifest["buildings"]["hall"],
                "twin": run.manifest["buildings"]["hall"],
            },
        },
        series={"hall": run.series["hall"], "twin": run.series["hall"]},
        zones={"hall": run.zones["hall"], "twin": run.zones["hall"]},
        summary={
            **run.summary,
            "buildings": {"hall": run.summary["buildings"]["hall"], "twin": run.summary["buildings"]["hall"]},
        },
    )


# --- months ---------------------------------------------------------------------------------------------


def test_stacked_months_add_up_to_the_intensity_that_the_judge_states(plain_run: Run, small_run: Run) -> None:
    for run in (plain_run, small_run):
        stated = run.summary["buildings"]["hall"]["energy"]
        assert monthly_intensity(run).to_numpy().sum() == pytest.approx(
            stated["eui_total_calorific_kwh_m2"], rel=1e-12
        )
        figure = monthly_bars([run], "en")
        drawn = sum(np.asarray(t.y, float).sum() for t in figure.data if t.type == "bar")
        assert drawn == pytest.approx(stated["eui_total_calorific_kwh_m2"], rel=1e-9)
        months = np.array(stated["monthly"]["electricity_kwh"]) / stated["floor_area_m2"]
        np.testing.assert_allclose(
            monthly_intensity(run)[list(CARRIERS[:-1])].sum(axis=1), months, rtol=1e-12
        )


def test_the_stock_is_drawn_for_a_use_that_it_knows_and_for_whole_years_only(plain_run: Run) -> None:
    stock = stock_of(plain_run)
    assert stock is not None
    assert stock["annual"] == 85.3
    lines = [t for t in monthly_bars([plain_run], "en").data if t.type == "scatter"]
    assert np.asarray(lines[0].y, float).sum() == pytest.approx(85.3, abs=0.35)  # months are rounded to 0.1

    unknown = {**plain_run.manifest["buildings"]["hall"], "use": "laboratory"}
    other = dataclasses.replace(plain_run, manifest={**plain_run.manifest, "buildings": {"hall": unknown}})
    assert stock_of(other) is None
    assert "85.3" not in annual_bars([other], "en").to_json()
    half = dataclasses.replace(plain_run, series={"hall": plain_run.series["hall"].iloc[:4000]})
    assert stock_of(half) is None


def test_annual_bars_end_at_the_intensity(small_run: Run, plain_run: Run) -> None:
    figure = annual_bars([plain_run, small_run], "zh")
    sums = np.sum([np.asarray(t.x, float) for t in figure.data if t.type == "bar"], axis=0)
    for total, run in zip(sums, (plain_run, small_run), strict=True):
        stated = run.summary["buildings"]["hall"]["energy"]["eui_total_calorific_kwh_m2"]
        assert total == pytest.approx(stated, rel=1e-9)


# --- flows ----------------------------------------------------------------------------------------------


def _nodes(run: Run, building: str | None = None) -> dict[str, tuple[float, float]]:
    flows = energy_flows(run, building)
    names = {f.source for f in flows} | {f.target for f in flows}
    return {
        n: (sum(f.kwh for f in flows if f.target == n), sum(f.kwh for f in flows if f.source == n))
        for n in names
    }


def test_what_enters_the_board_and_the_store_leaves_them(plain_run: Run, small_run: Run) -> None:
    for run in (plain_run, small_run):
        nodes = _nodes(run)
        into, out = nodes[BOARD]
        assert into == pytest.approx(out, abs=1e-3)  # kWh of a year
        table = table_of(run)
        hours = 0.25 if len(table) > 9000 else 1.0
        assert into == pytest.approx(table[list(SOURCES)].to_numpy().sum() * hours, rel=1e-9)
    into, out = _nodes(small_run)[STORE]
    assert into == pytest.approx(out, abs=1e-6)
    assert STORE not in _nodes(plain_run)


def test_the_store_keeps_what_its_state_of_charge_says(small_run: Run) -> None:
    flows = {(f.source, f.target): f.kwh for f in energy_flows(small_run)}
    kept = flows.get((STORE, "left_in_store"), 0.0) - flows.get(("drawn_down", STORE), 0.0)
    soc = small_run.series["hall"]["battery_soc"].to_numpy()
    capacity = small_run.manifest["buildings"]["hall"]["battery_capacity_kwh"]
    # The first step's own change is not in the table, which holds the state at the ends of steps.
    assert kept == pytest.approx((soc[-1] - 0.5) * capacity, abs=1e-6)


def test_the_sankey_draws_the_flows_and_names_the_bus(plain_run: Run, small_run: Run) -> None:
    for run, word in ((small_run, "DC bus"), (plain_run, "AC board")):
        drawn = sankey(run, "en").data[0]
        assert sum(drawn.link.value) == pytest.approx(sum(f.kwh for f in energy_flows(run)))
        assert any(word in label for label in drawn.node.label)
        assert all(0 < y < 1 for y in drawn.node.y)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.floats(0, 1e4), min_size=len(SOURCES) + len(SINKS) + 2, max_size=len(SOURCES) + len(SINKS) + 2
    )
)
def test_flows_balance_at_the_store_whatever_the_columns(values: list[float]) -> None:
    names = [*dict.fromkeys([*SOURCES, *SINKS]), "battery_loss_kw", "pv_curtailed_kw"]
    index = pd.date_range("2025-01-01", periods=2, freq="h", tz="Asia/Shanghai")
    table = pd.DataFrame({n: [v, v] for n, v in zip(names, values, strict=False)}, index=index)
    run = Run({}, {"one": table}, {}, table)
    into, out = _nodes(run).get(STORE, (0.0, 0.0))
    assert into == pytest.approx(out, rel=1e-9, abs=1e-6)
    assert all(flow.kwh > 0 for flow in energy_flows(run))


# --- carpet, duration, weeks ----------------------------------------------------------------------------


def test_a_carpet_keeps_the_mean_of_every_hour(small_run: Run) -> None:
    series = small_run.series["hall"]["cooling_kw"]
    days, table = hours_by_days(series)
    assert table.shape == (24, 365)
    assert isinstance(series.index, pd.DatetimeIndex)
    at = series.groupby(series.index.floor("h")).mean()
    hour = pd.Timestamp("2025-07-30 14:00", tz=series.index.tz)
    assert table[14, list(days).index(np.datetime64("2025-07-30"))] == pytest.approx(at[hour])
    assert table.mean() == pytest.approx(series.mean(), rel=1e-12)


def test_a_carpet_leaves_the_hour_that_summer_time_skips_empty() -> None:
    index = pd.date_range("2025-03-29", periods=72, freq="h", tz="Europe/Berlin")
    days, table = hours_by_days(pd.Series(1.0, index=index))
    skipped = np.isnan(table)
    assert skipped[2, list(days).index(np.datetime64("2025-03-30"))]
    assert skipped[:, :3].sum() == 1


def test_carpets_share_one_scale_with_white_at_zero(small_run: Run, plain_run: Run) -> None:
    axis = carpet([plain_run, small_run], "zh").layout.coloraxis
    tables = [hours_by_days(values_of(run, NET))[1] for run in (plain_run, small_run)]
    net = np.concatenate([table.ravel() for table in tables])
    assert axis.cmin == pytest.approx(net.min())
    assert axis.cmax == pytest.approx(net.max())
    zero = -axis.cmin / (axis.cmax - axis.cmin)
    assert min(abs(stop - zero) for stop, _ in axis.colorscale) < 1e-9
    stops = [stop for stop, _ in axis.colorscale]
    assert stops == sorted(stops)
    assert (stops[0], stops[-1]) == (0, 1)


def test_a_carpet_shows_the_weather_too_and_refuses_what_it_does_not_know(plain_run: Run) -> None:
    assert carpet([plain_run], "en", name="temp_air").layout.coloraxis.cmax > 30
    with pytest.raises(TwinError, match="no variable"):
        carpet([plain_run], "en", name="nonsense")


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=3000))
def test_the_duration_curve_falls_and_keeps_both_ends(values: list[float]) -> None:
    above, power = load_duration(np.array(values), 0.25)
    assert power[0] == max(values)
    assert power[-1] == min(values)
    assert above[-1] == pytest.approx(0.25 * len(values))
    assert (np.diff(power) <= 0).all()
    assert len(power) <= 500


def test_the_duration_curve_keeps_the_energy(small_run: Run) -> None:
    net = net_kw(table_of(small_run))
    above, power = load_duration(net, 0.25)
    curve = np.trapezoid(power, above) + power[0] * above[0]
    assert curve == pytest.approx(net.sum() * 0.25, rel=0.01)
    assert len(duration_curve([small_run], "en").data) == 1


def test_the_extreme_weeks_are_whole_days_and_no_other_week_is_warmer(small_run: Run) -> None:
    temperature = small_run.weather["temp_air"]
    hot, cold = (extreme_week(small_run.weather, hottest=h) for h in (True, False))
    for steps in (hot, cold):
        part = small_run.weather.index[steps]
        assert len(part) == 7 * 96
        assert (part[0].hour, part[0].minute, part[-1].hour, part[-1].minute) == (0, 0, 23, 45)
    daily = temperature.to_numpy().reshape(365, 96).mean(axis=1)
    weekly = np.convolve(daily, np.ones(7) / 7, "valid")
    assert temperature.iloc[hot].mean() == pytest.approx(weekly.max())
    assert temperature.iloc[cold].mean() == pytest.approx(weekly.min())


def test_the_extreme_day_and_month_are_whole_and_the_warmest_there_are(small_run: Run) -> None:
    temperature = small_run.weather["temp_air"]
    daily = temperature.to_numpy().reshape(365, 96).mean(axis=1)
    monthly = temperature.groupby(temperature.index.month).mean()  # type: ignore[attr-defined]
    for hottest, day, month in ((True, daily.max(), monthly.max()), (False, daily.min(), monthly.min())):
        steps = extreme_days(small_run.weather, 1, hottest=hottest)
        assert steps.stop - steps.start == 96
        assert temperature.iloc[steps].mean() == pytest.approx(day)
        steps = extreme_month(small_run.weather, hottest=hottest)
        part = temperature.iloc[steps]
        behind = part.index[-1] + (part.index[1] - part.index[0])
        assert (part.index[0].day, part.index[0].hour, behind.day, behind.hour) == (1, 0, 1, 0)
        assert part.mean() == pytest.approx(month)
    assert extreme_days(small_run.weather.iloc[:192], 7, hottest=True) == slice(0, 192)


def test_the_band_holds_inhabited_zones_only(small_run: Run) -> None:
    steps = extreme_week(small_run.weather, hottest=True)
    band = zone_band(small_run, steps)
    assert band is not None
    hall = small_run.zones["hall"]["hall", "temp_air_c"].to_numpy()[steps]
    np.testing.assert_allclose(band.mean, hall)  # nobody uses the store room
    assert (band.lowest <= band.mean + 1e-12).all()


# --- the call -------------------------------------------------------------------------------------------


def test_givers_add_up_to_the_fall_of_the_net_import(small_run: Run, small_reference: Run) -> None:
    parts = who_gave(small_run, small_reference)
    assert list(parts.columns) == list(GIVERS)
    assert len(parts) == 96
    fall = net_kw(table_of(small_reference)) - net_kw(table_of(small_run))
    day = np.asarray(
        small_run.series["hall"].index.normalize() == pd.Timestamp(parts.index[0], tz="Asia/Shanghai")
    )
    np.testing.assert_allclose(parts.sum(axis=1), fall[day], atol=1e-6)

    stated = small_run.summary["buildings"]["hall"]["response"]["against_reference"]
    event = small_run.manifest["event"]
    first = pd.Timestamp(event["start"]).tz_localize(None)
    inside = parts[(parts.index >= first) & (parts.index < pd.Timestamp(event["end"]).tz_localize(None))]
    assert inside.sum(axis=1).mean() == pytest.approx(stated["mean_kw"], abs=1e-6)


def test_the_march_without_the_call_is_found_and_no_other(
    small_run: Run, small_reference: Run, plain_run: Run
) -> None:
    assert without_call(small_run, [plain_run, small_run, small_reference]) is small_reference
    assert without_call(small_run, [plain_run, small_run]) is None


# --- comfort, money -------------------------------------------------------------------------------------


def test_the_histogram_agrees_with_the_judge_of_comfort(plain_run: Run, small_run: Run) -> None:
    for run in (plain_run, small_run):
        stated = run.summary["buildings"]["hall"]["comfort"]
        found = operative_hours(run, bin_k=0.1)
        assert found is not None
        assert found.hours.sum() == pytest.approx(stated["occupied_hours"], rel=1e-9)
        low, high = stated["wide_band_c"]
        tolerance = stated["tolerance_k"]
        outside = found.hours[
            (found.edges[1:] <= low - tolerance + 1e-6) | (found.edges[:-1] >= high + tolerance - 1e-6)
        ]
        assert outside.sum() == pytest.approx(stated["hours_operative_outside_wide"], abs=1.0)


def test_parts_of_the_bill_add_up_to_the_bill(plain_run: Run, small_run: Run) -> None:
    for run in (plain_run, small_run):
        stated = run.summary["buildings"]["hall"]["cost"]["total_cny"]
        assert sum(cost_parts(run).values()) == pytest.approx(stated, rel=1e-12)
    drawn = sum(t.x[1] for t in cost_bars([plain_run, small_run], "en").data if t.type == "bar")
    assert drawn * 1000 == pytest.approx(
        small_run.summary["buildings"]["hall"]["cost"]["total_cny"], rel=1e-9
    )
    tonnes = carbon_bars([small_run], "zh").data[0].x[0]
    assert tonnes * 1000 == pytest.approx(
        small_run.summary["buildings"]["hall"]["carbon"]["physical"]["total_kg"], rel=1e-12
    )


# --- all together ---------------------------------------------------------------------------------------


def _figures(parts: Sequence[Section]) -> list[go.Figure]:
    return [figure for part in parts for figure in part.figures]


def test_every_section_stands_in_both_languages_for_plain_and_for_pedf(
    plain_run: Run, small_run: Run
) -> None:
    keys = {}
    for language in LANGUAGES:
        parts = list(sections([plain_run, small_run], language))
        keys[language] = [part.key for part in parts]
        for figure in _figures(parts):
            text = figure.to_json()
            assert "scattergl" not in text
            assert figure.layout.title.text
            assert figure.layout.meta["note"]
    assert keys["zh"] == keys["en"]
    assert "call" in keys["zh"]
    alone = [part.key for part in sections([plain_run], "en")]
    assert "call" not in alone  # nothing was called
    assert "flows" in alone


def test_a_week_without_store_and_bus_has_no_panel_for_them(plain_run: Run, small_run: Run) -> None:
    names = {t.name for t in week(plain_run, "en").data}
    assert "DC bus voltage" not in names
    assert {"DC bus voltage", "Battery state of charge"} <= {t.name for t in week(small_run, "en").data}


def test_several_buildings_are_summed(small_run: Run) -> None:
    pair = _two_buildings(small_run)
    both, one = table_of(pair), table_of(small_run)
    np.testing.assert_allclose(both["cooling_kw"], 2 * one["cooling_kw"])
    assert both["battery_soc"].isna().all()
    np.testing.assert_array_equal(both["price_cny_kwh"], one["price_cny_kwh"])
    assert monthly_intensity(pair).to_numpy().sum() == pytest.approx(
        monthly_intensity(small_run).to_numpy().sum()
    )
    into, out = _nodes(pair)[BOARD]
    assert into == pytest.approx(out, abs=1e-3)
    assert _figures(list(sections([pair], "zh")))
    with pytest.raises(TwinError, match="no building"):
        table_of(pair, "third")


def test_titles_leave_the_figure_for_the_page_and_nothing_else_does(plain_run: Run) -> None:
    figure = duration_curve([plain_run], "en")
    framed = unframed(figure)
    assert framed.title == "Load-duration curve of net grid power (kW)"
    assert framed.title not in json.dumps(framed.figure["layout"])
    assert framed.figure["layout"]["height"] < figure.layout.height
    assert figure.layout.title.text  # the figure itself is left as it was
    inner = [f.layout.height - f.layout.margin.t - f.layout.margin.b for f in (figure,)]
    margin = framed.figure["layout"]["margin"]
    assert framed.figure["layout"]["height"] - margin["t"] - margin["b"] == pytest.approx(inner[0])


def test_a_users_words_cannot_speak_to_plotly() -> None:
    assert plain("<b>x</b> %{y}\n z") == "&lt;b&gt;x&lt;/b&gt; % {y} z"
    assert len(plain("长" * 500)) == 60


def test_equal_names_are_numbered(plain_run: Run) -> None:
    assert run_names([plain_run, plain_run], "zh") == ["试验厅 (1)", "试验厅 (2)"]


@given(low=st.floats(-1e6, -1e-3), high=st.floats(1e-3, 1e6))
def test_colours_span_exactly_the_scale(low: float, high: float) -> None:
    stops = [at for at, _ in _colours(low, high)]
    assert (stops[0], stops[-1]) == (0.0, 1.0)
    assert stops == sorted(stops)
