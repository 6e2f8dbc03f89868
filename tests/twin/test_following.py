"""Whole years of the bundled office: targets followed at one minute, and calls at three notice times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from buildings.description.equipment import GridTarget
from buildings.description.schema import DemandResponseCall
from twin import load, simulate
from twin.judges.kpis.control import tracking
from twin.report.call import given

EXAMPLE = Path(__file__).parents[2] / "twin" / "examples" / "shanghai_office_pedf.yaml"
WEEKS = {"summer": ("2025-07-21", "2025-07-28"), "winter": ("2025-01-06", "2025-01-13")}


def changed(loaded: Any, control: dict[str, Any] | None = None, **keys: Any) -> Any:
    project = loaded.project
    if control is not None:
        (building,) = project.buildings
        own = building.control.model_copy(update=control)
        keys["buildings"] = (building.model_copy(update={"control": own}),)
    return replace(loaded, project=project.model_copy(update=keys))


def net(run: Any) -> pd.Series:
    table = run.series["office"]
    return table["grid_import_kw"] - table["grid_export_kw"]


@pytest.mark.long
def test_the_meter_follows_a_target_of_quarter_hours_minute_by_minute(
    tmp_path: Path, figure: Callable[[str], None]
) -> None:
    """The target is what the building would draw anyway, smoothed over two hours; the minutes are not smooth.

    One part of each week asks for what cannot be: nothing at all in a working afternoon.
    """
    loaded = load(EXAMPLE)
    plain = simulate(changed(loaded, {"demand_limit": None}))
    smooth = net(plain).rolling(8, center=True, min_periods=1).mean()
    wanted = pd.Series(np.nan, index=smooth.index)
    for first, last in WEEKS.values():
        wanted[first:last] = smooth[first:last]
    impossible = {}
    for name, (first, _) in WEEKS.items():
        day = pd.Timestamp(first, tz=smooth.index.tz) + pd.Timedelta(days=2)
        impossible[name] = slice(day + pd.Timedelta(hours=14), day + pd.Timedelta(hours=15, minutes=59))
        wanted[impossible[name]] = -2000.0
    wanted.rename("grid_target_kw").rename_axis("time").to_csv(tmp_path / "target.csv")
    target = GridTarget(file="target.csv")
    asked = changed(
        replace(loaded, path=tmp_path / "project.yaml"),
        {"demand_limit": None, "target": target},
        timestep=1.0,
        variability="minute",
    )
    run = simulate(asked)
    meter, aimed = net(run), wanted.reindex(run.series["office"].index, method="ffill", limit=14)
    table = run.series["office"]
    for name, (first, last) in WEEKS.items():
        zone = meter.index.tz
        week = slice(pd.Timestamp(first, tz=zone), pd.Timestamp(last, tz=zone) - pd.Timedelta(minutes=1))
        follows = aimed[week].notna()
        follows[impossible[name]] = False
        error = (meter[week] - aimed[week])[follows]
        scale = np.abs(aimed[week][follows])
        within = float((np.abs(error) <= 0.02 * scale).mean())
        rms = float(np.sqrt(np.mean(error**2)))
        rated = float(run.manifest["buildings"]["office"]["interface_kw"])
        of_rating = float((np.abs(error) <= 0.02 * rated).mean())
        figure(
            f"{name}: RMS {rms:.2f} kW of {scale.mean():.0f} kW mean, {100 * within:.1f} % of minutes within "
            f"2 % of the target, {100 * of_rating:.1f} % within 2 % of the rating, worst "
            f"{np.abs(error).max():.0f} kW"
        )
        hard = slice(impossible[name].start, impossible[name].stop)
        asked_of = table.loc[hard]
        figure(
            f"  -2,000 kW asked: drew {meter[hard].mean():.0f} kW, voltage "
            f"{asked_of['bus_voltage_pu'].min():.3f}, shed {asked_of['hvac_shed_kw'].mean():.1f} kW, rooms "
            f"{run.zones['office'].loc[hard].xs('temp_air_c', axis=1, level=1).max().max():.1f} degC"
        )
        assert within > 0.5
        assert of_rating > 0.8
        # Nearest to what cannot be had: less than without it, rooms still near their set-points.
        assert meter[hard].mean() < smooth[hard].mean()
    assert run.summary["counters"]["office"]["vehicles_left_short"] == 0.0
    known = run.summary["residuals"].values()
    assert max(r["relative"] if isinstance(r, dict) else r for r in known) < 1e-6
    assert np.isfinite(tracking(meter.to_numpy()[:10], meter.to_numpy()[:10] + 1.0)[0].value)


@pytest.mark.long
@pytest.mark.parametrize(
    ("control", "notices"), [("droop", ("day_ahead", "half_hour", "none")), ("mpc", ("day_ahead", "none"))]
)
def test_a_call_for_thirty_per_cent_by_notice(
    control: str, notices: tuple[str, ...], figure: Callable[[str], None]
) -> None:
    # four hours between plans: how early a call is known matters, not how often is planned
    plans = {"mpc": load(EXAMPLE).project.buildings[0].control.mpc.model_copy(update={"interval": 240.0})}
    loaded = changed(load(EXAMPLE), {"type": control, "demand_limit": None, **plans})
    quiet = simulate(loaded)
    told = []
    for notice in notices:
        call = DemandResponseCall(start="13:00", duration=2.0, reduction_fraction=0.3, notice=notice)
        run = simulate(changed(loaded, event=call), reference=quiet)
        event = run.manifest["event"]
        first, last = pd.Timestamp(event["start"]), pd.Timestamp(event["end"])
        inside = slice(first, last - pd.Timedelta(minutes=1))
        by_source = given(run, quiet)
        stamp = (inside.start.tz_localize(None), inside.stop.tz_localize(None))
        sources = by_source.loc[stamp[0] : stamp[1]].mean()
        after = slice(last, last + pd.Timedelta(hours=4))
        rebound = float((net(run)[after] - net(quiet)[after]).sum() * 0.25)
        rooms = run.zones["office"].loc[inside].xs("temp_air_c", axis=1, level=1)
        told.append((notice, float(sources.sum()), event["committed_kw"], rebound))
        parts = ", ".join(f"{name} {value:.0f}" for name, value in sources.items() if abs(value) > 0.5)
        figure(
            f"{control} {notice}: committed {event['committed_kw']:.0f} kW, delivered {sources.sum():.0f} kW "
            f"({parts}), after 4 h {rebound:+.0f} kWh, warmest room {rooms.max().max():.2f} degC"
        )
        assert run.summary["counters"]["office"]["vehicles_left_short"] == 0.0
    # Who knows a day ahead keeps the battery for it; without notice only what is there can be given.
    day_ahead, *_, none = (delivered / committed for _, delivered, committed, _ in told)
    assert day_ahead > 0.9
    assert day_ahead >= none - 0.05
