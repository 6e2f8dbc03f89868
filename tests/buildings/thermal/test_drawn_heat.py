"""Heat of a window with its shade drawn: the engine's star against the whole network, and where watts go."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.thermal import layout as k
from buildings.thermal.batch import ForcingTable
from buildings.thermal.drawn_heat import DrawnHeat, Network, as_star, placed, room_side, settled
from buildings.thermal.drawn_shades import DrawnWindow, drawn_window
from buildings.thermal.glass_layers import Gap, Pane, layered_window
from buildings.thermal.glazing import resistances, simple_window
from buildings.thermal.inputs import Surroundings, add_forcing, on_window, through_window
from buildings.thermal.rooms import DRAWN_PARTS, PANE_PARTS, rooms
from buildings.thermal.shade_heat import (
    BACK,
    INNER_IN,
    NODES,
    OUTDOORS,
    OUTER_OUT,
    ROOM,
    SKY,
    STAR,
    Exposure,
    HungShade,
    Place,
)
from buildings.thermal.shade_light import fabric, slats
from buildings.thermal.shading import Shading, SunControl, profile_angle
from weather.errors import TwinError
from weather.sky import plane_irradiance

CLEAR = Pane(0.003, 0.834, 0.075, 0.075)
SINGLE = layered_window("single", [CLEAR])
DOUBLE = layered_window("double", [CLEAR, Gap(0.0127), CLEAR])
LOW_E = simple_window("low-e", 2.2, 0.38)
WIDE = layered_window("wide", [CLEAR, Gap(0.02), CLEAR])
LIGHTS = {
    "dark": fabric(0.1, 0.2),
    "open": fabric(0.3, 0.3, emissivity=0.6, infrared=0.2, holes=0.1),
    "slats": slats(0.025, 0.01875, 45.0, 0.8, 0.8),
}
PLACES: tuple[Place, ...] = ("outside", "between", "inside")


def hung(place: Place, light: str = "dark", **how: Any) -> DrawnWindow:
    if place == "between":
        shade = HungShade(LIGHTS[light], "between", distance=0.0095)
        return drawn_window(WIDE, shade, parts=(SINGLE, SINGLE))
    return drawn_window(LOW_E, HungShade(LIGHTS[light], place, **how))


def network_of(drawn: DrawnWindow, temp_out: float, sun: float, forced: float = 10.0) -> Network:
    heat = np.full((5, 1), sun / 3.0)
    heat[3:] *= drawn.inner is not None
    heat[:2] *= drawn.outer is not None
    weather = {"temp_out": np.array([temp_out]), "forced": np.array([forced])}
    return settled(drawn.outer, drawn.inner, drawn.shade, Exposure(), heat, **weather, name="w")


def star_of(drawn: DrawnWindow, network: Network) -> DrawnHeat:
    row = as_star(network, drawn.shade, room_side(drawn.shade, drawn.outer, drawn.inner))
    parts = dict(zip(("cross", "film", "exchange", "seen", "outer", "sky"), row.T, strict=False))
    return DrawnHeat(**parts, shares=row[:, 6:].reshape(-1, 3, 5))


def solved(links: np.ndarray, fixed: dict[int, float], heat: np.ndarray) -> np.ndarray:
    """Temperatures of a network by its conductances, the temperatures of some nodes and heat at others."""
    temps = np.zeros(len(links))
    temps[list(fixed)] = list(fixed.values())
    free = [i for i in range(len(links)) if links[i].any() and i not in fixed]
    balance = np.diag(links.sum(axis=1)) - links
    given_ = heat[free] - balance[free][:, list(fixed)] @ temps[list(fixed)]
    temps[free] = np.linalg.solve(balance[np.ix_(free, free)], given_)
    return temps


def to_room(
    found: DrawnHeat, links: np.ndarray, temps: np.ndarray, absorbed: np.ndarray
) -> tuple[float, float, float]:
    """Heat to air and star, and the inner face, as the kernel has them with the links that it keeps."""
    outer = found.outer[0] or links[OUTER_OUT, OUTDOORS]
    dome = found.sky[0] or links[OUTER_OUT, SKY]
    film, exchange = found.film[0] or links[INNER_IN, ROOM], found.exchange[0] or links[INNER_IN, STAR]
    small = np.zeros((6, 6))
    ends = ((0, 1, found.cross[0]), (0, 2, outer), (0, 3, dome), (1, 4, film), (1, 5, exchange))
    for a, b, conductance in ends:
        small[a, b] = small[b, a] = conductance
    on_outer, on_inner, into_air = found.shares[0] @ absorbed
    fixed = {2 + i: float(temps[end]) for i, end in enumerate((OUTDOORS, SKY, ROOM, STAR))}
    inner = solved(small, fixed, np.array([on_outer, on_inner, 0.0, 0.0, 0.0, 0.0]))[1]
    return (
        float(film * (inner - temps[ROOM]) + into_air),
        float(exchange * (inner - temps[STAR])),
        float(inner),
    )


TEMPS = st.floats(-20.0, 50.0)


@given(
    st.sampled_from(PLACES), st.sampled_from(sorted(LIGHTS)), TEMPS, TEMPS, TEMPS, TEMPS,
    st.tuples(*[st.floats(0.0, 300.0)] * 5),
)  # fmt: skip
def test_the_star_does_what_window_and_shade_do(
    place: Place, light: str, out: float, sky: float, air: float, star: float, heat: tuple[float, ...]
) -> None:
    """At any temperatures of outdoors, sky, air and star: the same heat to air and star, the same face."""
    drawn = hung(place, light)
    network = network_of(drawn, 30.0, 400.0)
    links = network.conductance[:, :, 0]
    absorbed = np.array(heat)
    absorbed[3:] *= drawn.inner is not None
    absorbed[:2] *= drawn.outer is not None
    on_nodes = placed(absorbed[:, None])[:, 0]
    ends = {OUTDOORS: out, SKY: sky, ROOM: air, STAR: star}
    whole = solved(links, ends, on_nodes)
    to_air, to_star = (links[end] @ (whole - whole[end]) for end in (ROOM, STAR))

    found = star_of(drawn, network)
    got_air, got_star, inner = to_room(
        found, links, np.array([ends.get(i, 0.0) for i in range(NODES)]), absorbed
    )
    assert found.shares[0].sum(axis=0) @ absorbed == pytest.approx(absorbed.sum(), abs=1e-9)
    assert got_air == pytest.approx(to_air, abs=1e-6)
    assert got_star == pytest.approx(to_star, abs=1e-6)
    if place == "inside" and light == "dark":
        assert star + found.seen[0] * (inner - star) == pytest.approx(whole[BACK], abs=1e-6)


def test_a_shade_inside_warms_the_air_more_than_the_faces() -> None:
    """Of the heat of a dark fabric before double glazing most is convected, on both of its sides."""
    drawn = hung("inside")
    found = star_of(drawn, network_of(drawn, 30.0, 400.0))
    reach = float(found.cross[0] + found.film[0] + found.exchange[0])
    _, inner, air = found.shares[0, :, 2]
    convected = air + inner * found.film[0] / reach
    radiated = inner * found.exchange[0] / reach
    assert 0.5 < convected / (convected + radiated) < 0.7
    assert 0.8 < convected + radiated < 1.0


@pytest.mark.parametrize("place", PLACES)
def test_a_drawn_shade_keeps_the_cold_out(place: Place) -> None:
    """A night of 5 degC: against the bare window, and foam in tight guides more than cloth."""

    def conductance(drawn: DrawnWindow) -> float:
        links = network_of(drawn, 5.0, 0.0).conductance[:, :, 0]
        temps = solved(links, {OUTDOORS: 0.0, SKY: 0.0, ROOM: 1.0, STAR: 1.0}, np.zeros(NODES))
        return float(sum(links[end] @ (temps[end] - temps) for end in (ROOM, STAR)))

    bare = resistances(WIDE if place == "between" else LOW_E, temp_in=20.0, temp_out=5.0, film_out=10.0)
    cloth = conductance(hung(place))
    assert cloth < 0.95 / sum(bare)
    if place != "between":
        foam = conductance(hung(place, resistance=0.1, edge_opening=0.02))
        assert foam < 0.85 * cloth


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("light", sorted(LIGHTS))
def test_between_the_points_of_the_grid(place: Place, light: str) -> None:
    """Heat to the room by the table against the balance solved for each of 60 states of the weather.

    Films turn where a face passes the temperature of the air, and no grid has all these turns.
    """
    drawn = hung(place, light)
    isotropic = np.array([float(part) for part in drawn._of_diffuse(drawn.shade.light.front).absorbed])
    rng = np.random.default_rng(1)
    out, sun, forced = rng.uniform(-5.0, 38.0, 60), rng.uniform(0.0, 700.0, 60), rng.uniform(2.0, 20.0, 60)
    heat = sun * (isotropic / isotropic.sum())[:, None]
    network = settled(
        drawn.outer, drawn.inner, drawn.shade, Exposure(), heat, temp_out=out, forced=forced, name="w"
    )
    found = drawn.heat(Exposure()).at(out, sun, forced)
    wrong = []
    for i in range(60):
        one = Network(network.temps[:, i : i + 1], network.conductance[:, :, i : i + 1])
        temps, links = one.temps[:, 0], one.conductance[:, :, 0]
        exact, table = star_of(drawn, one), DrawnHeat(**{n: v[i : i + 1] for n, v in vars(found).items()})
        results = [to_room(star, links, temps, heat[:, i])[:2] for star in (exact, table)]
        wrong.append(np.subtract(*results))
    assert np.abs(wrong).mean() < 1.2
    assert np.abs(np.sum(wrong, axis=1)).max() < 6.0


def test_a_mirror_and_an_unseen_sky_divide_nothing_by_nought() -> None:
    mirror = fabric(0.1, 0.3, emissivity=0.0)
    sides: tuple[Place, Place] = ("outside", "inside")
    for place in sides:
        drawn = drawn_window(DOUBLE, HungShade(mirror, place))
        for tilt in (90.0, 180.0):
            assert np.all(np.isfinite(drawn.heat(Exposure(tilt=tilt)).values))


def test_films_that_a_user_fixed_stand() -> None:
    drawn = drawn_window(DOUBLE, HungShade(fabric(0.1, 0.3, emissivity=0.0), "outside", edge_opening=0.0))
    still = drawn.heat(Exposure(convection_outside=25.0)).values[..., 4]
    assert np.all(still < 25.0)
    windy = drawn.heat(Exposure()).values[..., 4]
    assert windy[0, 0, 0] < still[0, 0, 0] < windy[0, 0, -1]


def test_an_overhang_hides_the_sky_from_a_shade_outside() -> None:
    drawn = hung("outside")
    free, half = (drawn.heat(Exposure(sky_seen=seen)).values for seen in (1.0, 0.5))
    np.testing.assert_allclose(half[..., 5], 0.5 * free[..., 5], rtol=0.05)
    assert half[..., 4].mean() > free[..., 4].mean()


def test_a_balance_that_does_not_settle_names_the_window() -> None:
    """Panes that conduct a thousandth of what foam does: the sun between them finds no way out."""
    foil = Pane(0.02, 0.1, 0.1, 0.1, conductivity=1e-6)
    part = layered_window("foil", [foil])
    shade = HungShade(fabric(0.0, 0.0), "between", distance=0.0095)
    drawn = drawn_window(part, shade, parts=(part, part), name="office.windows.south.shading.shade")
    with pytest.raises(TwinError, match="do not settle") as caught:
        drawn.heat(Exposure())
    assert caught.value.key == "office.windows.south.shading.shade"
    assert "conductivity" in caught.value.remedy


# --- series -------------------------------------------------------------------------------------------------


def shaded_box(engine: SimpleNamespace, place: Place) -> tuple[Any, DrawnWindow]:
    """The box with double glazing to the south and a shade at it."""
    drawn = hung(place)
    box = engine.box((engine.CONCRETE,), window=9.0)
    glazing = WIDE if place == "between" else LOW_E
    side = room_side(drawn.shade, drawn.outer, drawn.inner)
    windows = tuple(replace(w, glazing=glazing, shading="shade", hung=side) for w in box.windows)
    return replace(box, windows=windows), drawn


def series_of(
    engine: SimpleNamespace, place: Place, climate: Any
) -> tuple[dict[str, np.ndarray], Any, DrawnWindow]:
    box, drawn = shaded_box(engine, place)
    (room,) = rooms(box, 900.0)
    table = ForcingTable(len(climate))
    glazing = box.windows[0].glazing
    add_forcing(
        table,
        room.panes[0].series,
        climate,
        around=Surroundings(),
        temp_ground=np.full(len(climate), 17.0),
        glazings={glazing.name: glazing},
        shadings={"shade": Shading(drawn=drawn, control=SunControl(200.0))},
    )
    pane = [channel for channel in room.panes[0].series if channel[0] == "pane"]
    return {str(channel[1]): table.series(channel) for channel in pane}, glazing, drawn


@pytest.mark.parametrize("place", PLACES)
def test_faces_and_air_get_what_shade_and_glass_absorb(
    engine: SimpleNamespace, place: Place, climate: Any
) -> None:
    found, glazing, drawn = series_of(engine, place, climate)
    plane = plane_irradiance(climate, 90.0, 180.0, 0.2)
    beam, sky, ground = on_window(plane, Shading(), climate, 180.0)
    down = beam + sky + ground > 200.0
    assert 1000 < down.sum() < len(climate) - 1000
    of_beam = drawn.of_beam(plane.aoi, profile_angle(climate, 180.0))
    absorbed = sum(
        sun * sum(light.absorbed)
        for sun, light in ((beam, of_beam), (sky, drawn.of_sky()), (ground, drawn.of_ground()))
    )
    given_ = found["heat_out"] + found["heat_in"] + found["air"]
    np.testing.assert_allclose(given_[down], absorbed[down], rtol=1e-12)
    bare = through_window(plane, glazing, Shading(), climate, 180.0)
    for part, values in zip(PANE_PARTS, bare, strict=True):
        np.testing.assert_array_equal(found[part][~down], values[~down])
    for part in DRAWN_PARTS:
        assert not found[part][~down].any()
    used = {
        "outside": {"cross", "outer", "sky"},
        "between": {"cross"},
        "inside": {"cross", "film", "exchange", "seen"},
    }
    for part in set(DRAWN_PARTS) - {"air"}:
        assert (found[part][down] > 0.0).all() == (part in used[place])


@pytest.mark.parametrize("place", PLACES)
def test_a_room_behind_a_shade_closes(engine: SimpleNamespace, place: Place, climate: Any) -> None:
    """A month of spring, the shade going up and down: every pane, star and zone at every step."""
    n = 30 * 96
    found, _, _ = series_of(engine, place, climate)
    start = 100 * 96
    weather = engine.lively_weather(n)
    weather["series"] = {
        **weather["series"],
        **{part: values[start : start + n] for part, values in found.items()},
    }
    box, _ = shaded_box(engine, place)
    side = engine.thermostat(20.0, 24.0, infiltration=0.02, air_mass=155.0, heat_max=2e3, cool_max=2e3)
    run = engine.prepare([(box, (side,))], n, start=15.0, **weather)
    assert run.batch.hung.sum() == 1
    books = engine.kept_books(run, n)
    assert books["wall"] < 1e-7
    assert books["pane"] < 1e-7
    assert books["star"] < 1e-5
    assert books["air"] < 1e-5
    assert abs(books["entered"] - books["stored"]) < 1e-9 * books["moved"]
    assert run.total(k.RESIDUAL_HEAT_W).max() < 1e-6


def test_lanes_without_a_shade_do_not_notice_their_neighbour(engine: SimpleNamespace) -> None:
    """Two like boxes abreast, a shade at one of them: the other marches as alone, to the last bit."""
    box, _ = shaded_box(engine, "inside")
    bare = replace(box, windows=tuple(replace(w, hung=None) for w in box.windows))
    air = (engine.thermostat(20.0, 24.0),)
    n = 2 * 96
    weather = engine.lively_weather(n)
    drawn = {"cross": 3.0, "film": 10.0, "exchange": 4.0, "seen": 0.7, "air": 40.0}
    weather["series"] = {**weather["series"], **drawn}
    alone = engine.march([(bare, air)] * 2, n, **weather)
    beside = engine.march([(bare, air), (box, air)], n, **weather)
    np.testing.assert_array_equal(alone.sensible[:, 0], beside.sensible[:, 0])
    assert np.abs(beside.sensible[:, 1] - alone.sensible[:, 1]).max() > 100.0
