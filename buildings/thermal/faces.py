"""Faces of rooms in the march: films, the memory of walls, windows, and what they give to air and star.

Each face depends on its room's air and star temperature only: T_in = inverse (convection T_air + radiation
T_star + load). Films are found from temperatures known before: of the step before, or of a first solution.

References
----------
.. [1] Carroll, J. A., 1980. An MRT method of computing radiant energy exchange in rooms (the star network).
.. [2] Walton, G. N., 1983. TARP Reference Manual, NBSIR 83-2655 (films; sky, ground and air split).
"""

from __future__ import annotations

from buildings.compiled import compiled
from buildings.thermal.glazing import LARGEST_DIFFERENCE, TYPICAL_DIFFERENCE
from buildings.thermal.lanes import (
    at,
    cube_root,
    gathered,
    greater,
    lesser,
    magnitude,
    put,
    series,
    spread,
    square_root,
    where,
)
from buildings.thermal.layout import (
    ADDED,
    AREA,
    BEAM,
    CARRIED_W,
    COLD_IN,
    COLD_OUT,
    CONVECTION,
    DIFFUSE,
    DRAWN_AIR,
    DRAWN_CROSS,
    DRAWN_EXCHANGE,
    DRAWN_FILM,
    DRAWN_OUTER,
    DRAWN_SEEN,
    DRAWN_SKY,
    EXCHANGE,
    FACE_CARRY,
    FACE_IN,
    FACE_OUT,
    FILM_IN,
    FILM_OUT,
    GAIN,
    GAIN_CONVECTIVE,
    GAIN_MOISTURE,
    GAIN_RADIANT,
    H_FG,
    INVERSE,
    KELVIN,
    LOAD,
    MEMORY_IN,
    MEMORY_OUT,
    N_GAINS,
    OTHER,
    OUT_INVERSE,
    OUT_LOAD,
    PANE_BEAM,
    PANE_BEAM_OUT,
    PANE_C0,
    PANE_C1,
    PANE_C2,
    PANE_D0,
    PANE_D1,
    PANE_D2,
    PANE_D3,
    PANE_DIFFUSE,
    PANE_DIFFUSE_OUT,
    PANE_FORCED,
    PANE_HEAT_IN,
    PANE_HEAT_OUT,
    PANE_QUARTER,
    PANE_STAR,
    PEOPLE_CURVE,
    PEOPLE_REFERENCE,
    PEOPLE_SLOPE,
    RADIANT,
    RADIATION,
    ROUGHNESS,
    SEEN,
    SERIES_BEHIND,
    SERIES_FORCED,
    SERIES_SOLAR,
    SKY,
    SOLAR,
    SURROUNDINGS,
    TEMP_IN,
    TEMP_OUT,
    TEMP_SKY,
    WARM_IN,
    WARM_OUT,
    Y_CROSS,
    Y_IN,
    Y_OUT,
)

_LEAST_K = 1e-3
"""Temperature difference below which a natural film falls no further [K]; about 0.13 W/(m2 K)."""


# --- gains ----------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def _people(batch, state, g, z, k, forcing, work):
    """Radiant heat of people; the warmer the room, the more of the same heat leaves them as moisture."""
    present = series(forcing, k, batch.zone_series, (g, z, GAIN))
    convective, radiant = at(batch.zone, (g, z, GAIN_CONVECTIVE)), at(batch.zone, (g, z, GAIN_RADIANT))
    slope = at(batch.zone, (g, z, PEOPLE_SLOPE))
    away = at(state.temp, (g, z)) - PEOPLE_REFERENCE
    moist = H_FG * at(batch.zone, (g, z, GAIN_MOISTURE))
    usual = convective + radiant
    changed = usual * (1.0 + away * slope * (1.0 + away * at(batch.zone, (g, z, PEOPLE_CURVE))))
    sensible = where(slope != 0.0, lesser(greater(changed, 0.0), usual + moist), usual)
    dry = present * where(usual > 0.0, sensible / greater(usual, 1e-12), 0.0)
    put(work.air_gain, (z,), at(work.air_gain, (z,)) + dry * convective)
    put(work.source, (z,), at(work.source, (z,)) + present * (usual + moist - sensible) * (1.0 / H_FG))
    return dry * radiant


@compiled(forceinline=True)
def _gains(batch, state, g, z, k, forcing, work):
    """Radiant heat of people, light and equipment [W]; writes what they give to air and moisture."""
    radiant = _people(batch, state, g, z, k, forcing, work)
    air, moist = at(work.air_gain, (z,)), at(work.source, (z,))
    for j in range(1, N_GAINS):
        value = series(forcing, k, batch.zone_series, (g, z, GAIN + j))
        radiant += value * at(batch.zone, (g, z, GAIN_RADIANT + j))
        air += value * at(batch.zone, (g, z, GAIN_CONVECTIVE + j))
        moist += value * at(batch.zone, (g, z, GAIN_MOISTURE + j))
    put(work.air_gain, (z,), air)
    put(work.source, (z,), moist)
    return radiant


# --- films ----------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def _inner_films(figures, place, temp, air, star):
    """Convection and long-wave exchange with the star of one inner face [W/(m2 K)]."""
    g, z, f = place
    rise = temp - air
    natural = where(rise > 0.0, at(figures, (g, z, f, WARM_IN)), at(figures, (g, z, f, COLD_IN)))
    convection = at(figures, (g, z, f, FILM_IN)) + natural * cube_root(greater(magnitude(rise), _LEAST_K))
    here, there = temp + KELVIN, star + KELVIN
    radiation = at(figures, (g, z, f, EXCHANGE)) * (here * here + there * there) * (here + there)
    return convection, radiation


@compiled(forceinline=True)
def _outer_films(figures, place, temp, behind, temp_sky, forced):
    """All exchange of one outer face but with the sky, and that with the sky [W/(m2 K)]."""
    g, z, f = place
    rise = temp - behind
    natural = where(rise > 0.0, at(figures, (g, z, f, WARM_OUT)), at(figures, (g, z, f, COLD_OUT)))
    natural *= cube_root(greater(magnitude(rise), _LEAST_K))
    smooth = square_root(natural * natural + forced * forced)
    film = at(figures, (g, z, f, FILM_OUT)) + natural
    film += at(figures, (g, z, f, ROUGHNESS)) * (smooth - natural) + at(figures, (g, z, f, ADDED)) * forced
    here, around = temp + KELVIN, behind + KELVIN
    sky = at(figures, (g, z, f, SKY)) * (here * here + temp_sky * temp_sky) * (here + temp_sky)
    film += at(figures, (g, z, f, SURROUNDINGS)) * (here * here + around * around) * (here + around)
    return film, sky


# --- response -------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def respond(batch, state, g, z, k, forcing, weather, work):
    """Films, memory and loads of all faces of a row of zones, and their sums for the air and the star."""
    radiant = _gains(batch, state, g, z, k, forcing, work)
    beam, diffuse = spread(0.0), spread(0.0)
    for w in range(batch.n_panes[g, z]):
        glass = at(batch.pane, (g, z, w, AREA))
        beam += series(forcing, k, batch.pane_series, (g, z, w, PANE_BEAM)) * glass
        diffuse += series(forcing, k, batch.pane_series, (g, z, w, PANE_DIFFUSE)) * glass
    sums = (spread(1e-9), spread(0.0), spread(0.0), spread(0.0), spread(0.0))
    temp_sky = weather[k, TEMP_SKY] + KELVIN
    light = (beam, diffuse, radiant)
    for f in range(batch.n_faces[g, z]):
        shared = f < batch.n_shared[g, z]
        inverse, load, film, exchange = _face(
            batch, state, (g, z, f), k, shared, forcing, temp_sky, light, work
        )
        # What comes from behind a shared wall is left to the sweeps.
        sums = _added(sums, at(batch.face, (g, z, f, AREA)), inverse, load, film, exchange, not shared)
    behind = 0.5 * (weather[k, TEMP_OUT] + weather[k + 1, TEMP_OUT])
    for w in range(batch.n_panes[g, z]):
        inverse, load, film, exchange = _pane(
            batch, state, (g, z, w), k, forcing, behind, temp_sky, light, work
        )
        sums = _added(sums, at(batch.pane, (g, z, w, AREA)), inverse, load, film, exchange, True)
    star_star, star_air, air_air, to_star, to_air = sums
    alone = 1.0 / star_star
    ratio = star_air * alone
    put(work.envelope, (z,), air_air - star_air * ratio)
    put(work.ratio, (z,), ratio)
    put(work.inverse, (z,), alone)
    put(work.base_star, (z,), to_star)
    put(work.base_air, (z,), to_air)


@compiled(forceinline=True)
def _added(sums, area, inverse, load, film, exchange, loaded):
    """The zone's sums with one face more: star by star, star by air, air by air, loads of star and air."""
    star_star, star_air, air_air, to_star, to_air = sums
    reach = area * inverse
    if loaded:
        to_star += reach * load * exchange
        to_air += reach * load * film
    return (
        star_star + exchange * (area - reach * exchange),
        star_air + reach * exchange * film,
        air_air + film * (area - reach * film),
        to_star,
        to_air,
    )


@compiled(forceinline=True)
def _face(batch, state, place, k, shared, forcing, temp_sky, light, work):
    """One opaque face of a row of zones: inverse, load, convection and radiation."""
    g, z, f = place
    beam, diffuse, radiant = light
    inside = at(state.face, (g, z, f, FACE_IN))
    film, exchange = _inner_films(batch.face, place, inside, at(state.mean, (g, z)), at(state.star, (g, z)))
    stiffness = film + exchange + at(batch.face, (g, z, f, Y_IN))
    load = (
        at(batch.face, (g, z, f, BEAM)) * beam
        + at(batch.face, (g, z, f, DIFFUSE)) * diffuse
        + at(batch.face, (g, z, f, RADIANT)) * radiant
        + at(state.face, (g, z, f, MEMORY_IN))
    )
    if shared:
        load += at(state.face, (g, z, f, FACE_CARRY))
        put(work.face, (z, f, TEMP_IN), inside)
        put(work.inner, (z, f), inside)
    else:
        behind = series(forcing, k, batch.face_series, (g, z, f, SERIES_BEHIND))
        out_load = at(state.face, (g, z, f, MEMORY_OUT))
        outer, sky = at(batch.face, (g, z, f, FILM_OUT)), spread(0.0)
        if batch.exposed[g, z, f] > 0:
            forced = series(forcing, k, batch.face_series, (g, z, f, SERIES_FORCED))
            outside = at(state.face, (g, z, f, FACE_OUT))
            outer, sky = _outer_films(batch.face, place, outside, behind, temp_sky, forced)
            sun = series(forcing, k, batch.face_series, (g, z, f, SERIES_SOLAR))
            out_load += sky * (temp_sky - KELVIN) + at(batch.face, (g, z, f, SOLAR)) * sun
        out_load += outer * behind
        out_inverse = 1.0 / (outer + sky + at(batch.face, (g, z, f, Y_OUT)))
        cross = at(batch.face, (g, z, f, Y_CROSS))
        through = cross * out_inverse
        stiffness -= cross * through
        load += through * out_load
        put(work.face, (z, f, OUT_INVERSE), out_inverse)
        put(work.face, (z, f, OUT_LOAD), out_load)
    inverse = 1.0 / stiffness
    put(work.face, (z, f, INVERSE), inverse)
    put(work.face, (z, f, LOAD), load)
    put(work.face, (z, f, CONVECTION), film)
    put(work.face, (z, f, RADIATION), exchange)
    return inverse, load, film, exchange


@compiled(forceinline=True)
def _pane(batch, state, place, k, forcing, behind, temp_sky, light, work):
    """One window of a row of zones: two faces and a conductance that follows their mean temperature."""
    g, z, w = place
    beam, diffuse, radiant = light
    figures = batch.pane
    inside, outside = at(state.pane, (g, z, w, FACE_IN)), at(state.pane, (g, z, w, FACE_OUT))
    air = at(state.mean, (g, z))
    forced = series(forcing, k, batch.pane_series, (g, z, w, PANE_FORCED))
    outer, sky = _outer_films(figures, place, outside, spread(behind), temp_sky, forced)
    film, exchange = _inner_films(figures, place, inside, air, at(state.star, (g, z)))
    rise = greater(magnitude(inside - air), _LEAST_K)
    film += at(figures, (g, z, w, PANE_QUARTER)) * square_root(square_root(rise))
    mean = 0.5 * (inside + outside)
    cross = at(figures, (g, z, w, PANE_C0)) + mean * (
        at(figures, (g, z, w, PANE_C1)) + mean * at(figures, (g, z, w, PANE_C2))
    )
    # Gas in wide gaps moves the more the faces differ: `WindowModel.conductance_difference`.
    apart = lesser(magnitude(inside - outside), LARGEST_DIFFERENCE)
    cross += (apart * apart - TYPICAL_DIFFERENCE * TYPICAL_DIFFERENCE) * (
        at(figures, (g, z, w, PANE_D0))
        + at(figures, (g, z, w, PANE_D1)) * mean
        + apart * (at(figures, (g, z, w, PANE_D2)) + at(figures, (g, z, w, PANE_D3)) * mean)
    )
    if batch.hung[g, z, w] > 0:
        films = (cross, film, exchange, outer, sky)
        cross, film, exchange, outer, sky = _drawn(batch, place, k, forcing, films, work)
    out_inverse = 1.0 / (outer + sky + cross)
    out_load = (
        outer * behind
        + sky * (temp_sky - KELVIN)
        + series(forcing, k, batch.pane_series, (g, z, w, PANE_HEAT_OUT))
        + at(figures, (g, z, w, PANE_BEAM_OUT)) * beam
        + at(figures, (g, z, w, PANE_DIFFUSE_OUT)) * diffuse
    )
    through = cross * out_inverse
    inverse = 1.0 / (film + exchange + cross - cross * through)
    load = (
        series(forcing, k, batch.pane_series, (g, z, w, PANE_HEAT_IN))
        + at(figures, (g, z, w, BEAM)) * beam
        + at(figures, (g, z, w, DIFFUSE)) * diffuse
        + at(figures, (g, z, w, RADIANT)) * radiant
        + through * out_load
    )
    put(work.pane, (z, w, INVERSE), inverse)
    put(work.pane, (z, w, LOAD), load)
    put(work.pane, (z, w, CONVECTION), film)
    put(work.pane, (z, w, RADIATION), exchange)
    put(work.pane, (z, w, OUT_INVERSE), out_inverse)
    put(work.pane, (z, w, OUT_LOAD), out_load)
    put(work.pane, (z, w, OTHER), cross)
    return inverse, load, film, exchange


@compiled(forceinline=True)
def _drawn(batch, place, k, forcing, films, work):
    """What stands for a window's conductances while its shade is drawn; gives the shade's heat to the air.

    One of its faces is then the middle of a star that does what window and shade do together:
    `buildings.thermal.drawn_heat`.
    """
    g, z, w = place
    cross, film, exchange, outer, sky = films
    columns = batch.pane_series
    heat = series(forcing, k, columns, (g, z, w, DRAWN_AIR)) * at(batch.pane, (g, z, w, AREA))
    put(work.air_gain, (z,), at(work.air_gain, (z,)) + heat)
    seen = series(forcing, k, columns, (g, z, w, DRAWN_SEEN))
    put(work.pane, (z, w, SEEN), where(seen > 0.0, seen, 1.0))
    instead = series(forcing, k, columns, (g, z, w, DRAWN_CROSS))
    cross = where(instead > 0.0, instead, cross)
    instead = series(forcing, k, columns, (g, z, w, DRAWN_FILM))
    film = where(instead > 0.0, instead, film)
    instead = series(forcing, k, columns, (g, z, w, DRAWN_EXCHANGE)) * at(batch.pane, (g, z, w, PANE_STAR))
    exchange = where(instead > 0.0, instead, exchange)
    instead = series(forcing, k, columns, (g, z, w, DRAWN_OUTER))
    outer = where(instead > 0.0, instead, outer)
    instead = series(forcing, k, columns, (g, z, w, DRAWN_SKY))
    return cross, film, exchange, outer, where(instead > 0.0, instead, sky)


# --- movement -------------------------------------------------------------------------------------------


@compiled(forceinline=True)
def inner_temperature(found, z, f, mean, star):
    """Of a face or pane that faces no other zone, under its air and star."""
    return at(found, (z, f, INVERSE)) * (
        at(found, (z, f, CONVECTION)) * mean + at(found, (z, f, RADIATION)) * star + at(found, (z, f, LOAD))
    )


@compiled(forceinline=True)
def _given(given, area, found, z, f, inner, mean, star):
    """What the faces of a zone gave, with one more: see `move`."""
    to_air, to_star, passed, radiant = given
    exchanged = area * at(found, (z, f, RADIATION)) * (inner - star)
    return (
        to_air + area * at(found, (z, f, CONVECTION)) * (inner - mean),
        to_star + exchanged,
        passed + magnitude(exchanged),
        radiant + area * inner,
    )


@compiled(forceinline=True)
def _move_modes(batch, state, g, z, f, inner, outer):
    """Move the modes of a face under its two temperatures; writes what they bring to the next step."""
    memory_in, memory_out = spread(0.0), spread(0.0)
    for r in range(state.modes.shape[3]):
        p_out, p_in = at(batch.modes, (g, z, f, 1, r)), at(batch.modes, (g, z, f, 2, r))
        moved = at(batch.modes, (g, z, f, 0, r)) * at(state.modes, (g, z, f, r))
        moved += p_out * outer + p_in * inner
        put(state.modes, (g, z, f, r), moved)
        memory_out += p_out * moved
        memory_in += p_in * moved
    put(state.face, (g, z, f, MEMORY_IN), memory_in)
    put(state.face, (g, z, f, MEMORY_OUT), memory_out)


@compiled(forceinline=True)
def move(batch, state, g, z, work, totals):
    """Move all faces of a row of zones to the end of the step; returns what they gave.

    That is the heat to the air [W], to the star (nought but for rounding) and in all that passes it [W], and
    the sum of area and temperature [m2 K].
    """
    mean, star = at(work.mean, (z,)), at(work.star, (z,))
    given = (spread(0.0), spread(0.0), spread(0.0), spread(0.0))
    for f in range(batch.n_faces[g, z]):
        area = at(batch.face, (g, z, f, AREA))
        if f < batch.n_shared[g, z]:
            inner = at(work.face, (z, f, TEMP_IN))
            outer = gathered(work.inner, batch.partner, (g, z, f))
            # What the last sweep left between the two is carried on.
            carry = at(batch.face, (g, z, f, Y_CROSS)) * (outer - at(work.face, (z, f, OTHER)))
            put(state.face, (g, z, f, FACE_CARRY), carry)
            most = greater(at(totals, (g, CARRIED_W, z)), magnitude(carry) * area)
            put(totals, (g, CARRIED_W, z), most)
        else:
            inner = inner_temperature(work.face, z, f, mean, star)
            push = at(work.face, (z, f, OUT_LOAD)) + at(batch.face, (g, z, f, Y_CROSS)) * inner
            outer = at(work.face, (z, f, OUT_INVERSE)) * push
        given = _given(given, area, work.face, z, f, inner, mean, star)
        put(state.face, (g, z, f, FACE_IN), inner)
        put(state.face, (g, z, f, FACE_OUT), outer)
        _move_modes(batch, state, g, z, f, inner, outer)
    for w in range(batch.n_panes[g, z]):
        area = at(batch.pane, (g, z, w, AREA))
        inner = inner_temperature(work.pane, z, w, mean, star)
        given = _given(given, area, work.pane, z, w, inner, mean, star)
        if batch.hung[g, z, w] > 0:
            # The room sees the shade, not the middle of the star that stands for it.
            to_air, to_star, passed, radiant = given
            behind = (1.0 - at(work.pane, (z, w, SEEN))) * (inner - star)
            given = (to_air, to_star, passed, radiant - area * behind)
        push = at(work.pane, (z, w, OUT_LOAD)) + at(work.pane, (z, w, OTHER)) * inner
        put(state.pane, (g, z, w, FACE_IN), inner)
        put(state.pane, (g, z, w, FACE_OUT), at(work.pane, (z, w, OUT_INVERSE)) * push)
    return given


@compiled(forceinline=True)
def refresh(batch, state, g, z, renewed, work):
    """Take the temperatures that films are found from out of this step's solution, where `renewed` holds."""
    mean, star = at(work.mean, (z,)), at(work.star, (z,))
    for f in range(batch.n_faces[g, z]):
        if f < batch.n_shared[g, z]:
            inner = at(work.face, (z, f, TEMP_IN))
        else:
            inner = inner_temperature(work.face, z, f, mean, star)
        place = (g, z, f, FACE_IN)
        put(state.face, place, where(renewed, inner, at(state.face, place)))
    for w in range(batch.n_panes[g, z]):
        inner = inner_temperature(work.pane, z, w, mean, star)
        place = (g, z, w, FACE_IN)
        put(state.pane, place, where(renewed, inner, at(state.pane, place)))
    put(state.mean, (g, z), where(renewed, mean, at(state.mean, (g, z))))
    put(state.star, (g, z), where(renewed, star, at(state.star, (g, z))))
