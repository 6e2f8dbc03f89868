"""Fresh air that is dried before it enters: by hand in steady state, off in dry air, no energy lost."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from buildings.thermal import layout
from buildings.thermal.enclosure import ONE, Gain

FLOW, DENSITY, WET, SOURCE = 0.05, 1.2, 0.020, 5e-5


def dried(engine: SimpleNamespace, n: int = 4000, **air: Any) -> Any:
    """A room cooled to 26 degC by a dry coil; outdoors 34 degC and 20 g/kg."""
    humidity_out = air.pop("humidity_out", WET)
    room = engine.wall_room((engine.GYPSUM,), area=60.0)
    room = replace(room, gains=(Gain(0, ONE, 0.0, 0.0, SOURCE),))
    options = {"adp_temp": 16.0, "adp_humidity": 1.0, "ventilation": FLOW, "ventilation_series": ONE}
    options |= {"supply_temp": 18.0, "supply_humidity": 0.008, "air_mass": 36.0, "bypass": 0.0}
    side = engine.thermostat(cool=26.0, **(options | air))
    return engine.march(
        [(room, (side,))], n, temp_out=34.0, humidity_out=humidity_out, humidity=0.010, start=26.0
    )


def taken(values: Any, run: Any) -> float:
    """A work array of the last step, in the room's place."""
    _, row, lane = run.places[0][0]
    return float(values[row, lane])


def test_supply_state_and_coil_load_by_hand(engine: SimpleNamespace) -> None:
    """The room ends at w_s + source / m; the drier takes m (cp (34 - 18) + h_fg (20 - 8) / 1000)."""
    run = dried(engine)
    moved = DENSITY * FLOW
    assert run.humidity[-1, 0, 0] == pytest.approx(0.008 + SOURCE / moved, rel=1e-9)
    assert run.latent.max() == 0.0
    cp = layout.CP_AIR + layout.CP_VAPOUR * WET
    assert taken(run.work.fresh_sensible, run) == pytest.approx(moved * cp * 16.0, rel=1e-9)
    assert taken(run.work.fresh_latent, run) == pytest.approx(moved * 0.012 * layout.H_FG, rel=1e-9)
    assert run.total(layout.RESIDUAL_MOISTURE).max() < 1e-9


def test_the_room_is_spared_what_the_drier_takes(engine: SimpleNamespace) -> None:
    """Sensible load of the room with and without: they differ by m cp (34 - 18), which the drier takes."""
    with_drier = dried(engine)
    without = dried(engine, supply_humidity=1.0)
    spared = with_drier.sensible[-1, 0, 0] - without.sensible[-1, 0, 0]
    assert spared == pytest.approx(taken(with_drier.work.fresh_sensible, with_drier), rel=1e-6)
    assert without.humidity[-1, 0, 0] == pytest.approx(WET + SOURCE / (DENSITY * FLOW), rel=1e-9)


def test_behind_heat_recovery_less_is_left_to_take(engine: SimpleNamespace) -> None:
    """With recovery the drier meets air between the room's and outdoors'; the room gets the same supply."""
    run = dried(engine, recovery_sensible=0.6, recovery_latent=0.5)
    room_w = run.humidity[-1, 0, 0]
    moved, cp = DENSITY * FLOW, layout.CP_AIR + layout.CP_VAPOUR * WET
    assert room_w == pytest.approx(0.008 + SOURCE / moved, rel=1e-9)
    met_t, met_w = 34.0 + 0.6 * (26.0 - 34.0), WET + 0.5 * (room_w - WET)
    assert taken(run.work.fresh_sensible, run) == pytest.approx(moved * cp * (met_t - 18.0), rel=1e-6)
    assert taken(run.work.fresh_latent, run) == pytest.approx(moved * (met_w - 0.008) * layout.H_FG, rel=1e-6)


def test_dry_air_passes_and_cold_air_is_not_warmed(engine: SimpleNamespace) -> None:
    dry = dried(engine, humidity_out=0.006)
    assert taken(dry.work.fresh_latent, dry) == 0.0
    assert dry.humidity[-1, 0, 0] == pytest.approx(0.006 + SOURCE / (DENSITY * FLOW), rel=1e-9)
    warm_supply = dried(engine, supply_temp=40.0)
    assert taken(warm_supply.work.fresh_sensible, warm_supply) == pytest.approx(0.0, abs=1e-9)
    assert taken(warm_supply.work.fresh_latent, warm_supply) > 0.0
