"""What is put right in a weather file: gaps, humidity that contradicts itself, a sun at the wrong hour.

Each function appends one phrase per repair, with its count, to `repairs`; nothing is changed in silence.
The rule for the solar offset: the GHI-weighted centroid of true solar time must be noon; a file whose
centroid stands x hours late carries in each row the sun of x hours before.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from weather import psychrometrics
from weather.clear_sky import cleanest_beam
from weather.errors import TwinError
from weather.sky import erbs_split
from weather.sun import IntervalSun, solar_time_h, sun_over_intervals

FloatArray = NDArray[np.float64]

SHORT_GAP_H = 6
LONG_GAP_H = 168
MAX_OFFSET_H = 1.5
CLOSURE_W = 10.0
"""A file whose components miss GHI by more than this (mean or standard deviation) has its DNI recomputed."""
CLOSURE_HOUR_W = 1.5
"""In a file that closes, an hour may miss by this much: its rounding to whole W/m2."""


def fill_states(values: FloatArray, label: str, path: Path, repairs: list[str]) -> FloatArray:
    """Fill holes: up to 6 h linearly, up to a week from the same hour of the days around, else refuse."""
    holes = np.isnan(values)
    if not holes.any():
        return values
    if holes.all():
        raise TwinError(f"{label} is missing throughout.", "Give a file that has it.", file=path, key=label)
    runs = _run_lengths(holes)
    longest = int(runs.max())
    if longest > LONG_GAP_H:
        raise TwinError(
            f"{label} is missing for {longest} hours in a row.",
            f"At most {LONG_GAP_H} hours in a row can be filled: give another file.",
            file=path,
            key=label,
        )
    hours = np.arange(len(values))
    linear = np.interp(hours, hours[~holes], values[~holes], period=len(values))
    filled = np.where(holes & (runs <= SHORT_GAP_H), linear, values)
    wide = holes & (runs > SHORT_GAP_H)
    if wide.any():
        filled = np.where(wide, _same_hour(values), filled)
    repairs.append(f"{label} missing in {int(holes.sum())} hours (longest gap {longest} h): filled")
    return filled


def _run_lengths(holes: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Length of the run of holes that each hole belongs to, 0 elsewhere; the year is periodic."""
    if holes.all():
        return np.full(len(holes), len(holes), dtype=np.int64)
    shift = int(np.argmin(holes))
    turned = np.roll(holes, -shift)
    group = np.cumsum(np.diff(turned.astype(np.int8), prepend=0) == 1)
    size = np.bincount(group[turned], minlength=int(group.max()) + 1)
    return np.roll(np.where(turned, size[group], 0), shift)


def _same_hour(values: FloatArray) -> FloatArray:
    """Each hour of the day interpolated over the days, periodic."""
    days = values.reshape(-1, 24).copy()
    number = np.arange(len(days))
    for hour in range(24):
        known = ~np.isnan(days[:, hour])
        if known.any():
            days[:, hour] = np.interp(number, number[known], days[known, hour], period=len(days))
    flat = days.ravel()
    hours = np.arange(len(flat))
    known = ~np.isnan(flat)
    return np.where(known, flat, np.interp(hours, hours[known], flat[known], period=len(flat)))


def repair_humidity(
    temp: FloatArray, dew: FloatArray, humidity: FloatArray, path: Path, repairs: list[str]
) -> tuple[FloatArray, FloatArray]:
    """Dew point and relative humidity that agree; the dew point of the file is believed where it exists."""
    only_rh = np.isnan(dew) & ~np.isnan(humidity)
    if only_rh.any():
        safe = np.clip(humidity[only_rh], 1.0, 100.0)
        dew = dew.copy()
        dew[only_rh] = psychrometrics.dew_point_from_vapour_pressure(
            safe / 100.0 * psychrometrics.saturation_pressure(temp[only_rh])
        )
        repairs.append(f"dew point missing in {int(only_rh.sum())} hours: from relative humidity")
    dew = fill_states(dew, "humidity", path, repairs)
    over = dew > temp
    if over.any():
        repairs.append(
            f"dew point above dry bulb in {int(over.sum())} hours "
            f"(by up to {float((dew - temp).max()):.1f} K): set to dry bulb"
        )
        dew = np.minimum(dew, temp)
    believed = psychrometrics.relative_humidity_from_dew_point(temp, dew)
    both = ~np.isnan(humidity)
    gap = np.abs(humidity[both] - believed[both])
    if both.any() and (gap > 5.0).mean() > 0.01:
        repairs.append(
            "relative humidity contradicts dry bulb and dew point by more than 5 points in "
            f"{int((gap > 5.0).sum())} hours: dew point believed"
        )
    depression = pd.Series(np.round(temp - dew, 2)).value_counts(normalize=True)
    if depression.iloc[:4].sum() > 0.9 and depression.size > 1:
        fixed = ", ".join(f"{value:g}" for value in sorted(depression.index[:4]) if depression[value] > 0.01)
        repairs.append(
            f"WARNING dew point is dry bulb minus a fixed {fixed} K in {depression.iloc[:4].sum():.0%} "
            "of the hours: the humidity of this file is not measured; it is kept as it is"
        )
    return dew, believed


def solar_offset_h(ghi: FloatArray, starts_s: FloatArray, longitude: float) -> float:
    """Hours by which the file's sun is late against the middle of its rows' hours.

    The GHI-weighted centroid of true solar time is taken month by month (twelfths of the year), averaged,
    compared with noon and rounded to half an hour.
    """
    weight = np.nan_to_num(ghi, nan=0.0)
    # Hours count from solar midnight of the row's own day, so that a late evening row does not wrap.
    time_of_day = solar_time_h(starts_s, 3600.0, longitude)
    centroids = [
        float(np.average(t, weights=w))
        for t, w in zip(np.array_split(time_of_day, 12), np.array_split(weight, 12), strict=True)
        if w.sum() > 0.0
    ]
    if not centroids:
        return 0.0
    return float(np.round(2.0 * (np.mean(centroids) - 12.0)) / 2.0)


def repair_irradiance(
    ghi: FloatArray,
    dni: FloatArray,
    dhi: FloatArray,
    pressure: FloatArray,
    starts_s: FloatArray,
    latitude: float,
    longitude: float,
    path: Path,
    repairs: list[str],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """GHI, DNI and DHI on the hours they are stamped with, closing to the last digit.

    Returns
    -------
    ghi, dni, dhi : ndarray (8760,)
        W/m2, with ghi = dhi + dni * cos z (cos z: mean of the sunlit part of the hour).
    """
    negative = sum(int((x < 0.0).sum()) for x in (ghi, dni, dhi))
    if negative:
        repairs.append(f"{negative} negative irradiances (night offsets) set to 0")
        ghi, dni, dhi = (np.maximum(x, 0.0) for x in (ghi, dni, dhi))
    both = np.where(np.isnan(ghi), dhi, ghi)
    offset = solar_offset_h(both, starts_s, longitude)
    if abs(offset) > MAX_OFFSET_H:
        raise TwinError(
            f"the sun of the file is {offset:+.1f} h away from its time stamps.",
            "Time zone and longitude of the LOCATION line do not fit the rows: correct them.",
            file=path,
            line=1,
            key="LOCATION",
        )
    file_sun = sun_over_intervals(starts_s - offset * 3600.0, 3600.0, latitude, longitude)
    ghi, dhi, trusted = _complete_components(ghi, dni, dhi, file_sun, starts_s, repairs)
    closes = _closes(ghi, dni, dhi, file_sun, repairs)
    sun = file_sun
    if offset != 0.0:
        sun = sun_over_intervals(starts_s, 3600.0, latitude, longitude)
        ghi, dhi = (_move(x, starts_s, offset, latitude, longitude) for x in (ghi, dhi))
        repairs.append(
            f"sun {abs(offset):g} h {'late' if offset > 0 else 'early'}: irradiance moved by {-offset:+g} h"
        )
    dark = ~sun.up & (ghi > 0.0)
    if dark.any():
        lost = float(ghi[dark].sum()) / 1e3
        repairs.append(f"irradiance without sun in {int(dark.sum())} hours ({lost:.2f} kWh/m2): set to 0")
        ghi = np.where(sun.up, ghi, 0.0)
    ghi = _below_space(ghi, sun, repairs)
    more = dhi > ghi
    if (dhi > ghi + 1.0).any():
        repairs.append(f"diffuse above global in {int((dhi > ghi + 1.0).sum())} hours: set to global")
    dhi = np.where(more, ghi, dhi)
    keep = closes and offset == 0.0
    return _close(ghi, dni, dhi, trusted & keep, pressure, sun, repairs)


def _complete_components(
    ghi: FloatArray,
    dni: FloatArray,
    dhi: FloatArray,
    sun: IntervalSun,
    starts_s: FloatArray,
    repairs: list[str],
) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """GHI and DHI without holes; also where the file's own DNI may be kept."""
    trusted = ~np.isnan(dni) & ~np.isnan(dhi) & ~np.isnan(ghi)
    holes = np.isnan(ghi)
    summed = holes & ~np.isnan(dni) & ~np.isnan(dhi)
    if holes.any():
        ghi = np.where(summed, dhi + dni * sun.cos_zenith, ghi)
        left = np.isnan(ghi)
        clearness = np.where(sun.ghi_extra > 10.0, ghi / np.maximum(sun.ghi_extra, 10.0), 0.0)
        clearness = np.where(left, np.nan, clearness)
        if left.any():
            ghi = np.where(left, _same_hour(clearness) * sun.ghi_extra, ghi)
        repairs.append(
            f"global irradiance missing in {int(holes.sum())} hours: {int(summed.sum())} from its components"
            f", {int(left.sum())} from the clearness of the days around"
        )
    holes = np.isnan(dhi)
    if holes.any():
        from_dni = holes & ~np.isnan(dni)
        dhi = np.where(from_dni, np.maximum(ghi - np.nan_to_num(dni) * sun.cos_zenith, 0.0), dhi)
        left = np.isnan(dhi)
        day = ((starts_s - starts_s[0]) // 86400.0).astype(np.int64) + 1
        dhi = np.where(left, erbs_split(ghi, sun, day)[1], dhi)
        repairs.append(
            f"diffuse irradiance missing in {int(holes.sum())} hours: {int(from_dni.sum())} by closure, "
            f"{int(left.sum())} by Erbs"
        )
    gone = int(np.isnan(dni).sum())
    if gone:
        repairs.append(f"direct irradiance missing or beyond 9999 in {gone} hours: from global less diffuse")
    return ghi, dhi, trusted


def _closes(ghi: FloatArray, dni: FloatArray, dhi: FloatArray, sun: IntervalSun, repairs: list[str]) -> bool:
    """Whether the file's own components close well enough to keep its DNI."""
    day = (ghi > 50.0) & ~np.isnan(dni) & sun.up
    if not day.any():
        return False
    residual = (dhi + dni * sun.cos_zenith - ghi)[day]
    bias, spread = float(residual.mean()), float(residual.std())
    if abs(bias) <= CLOSURE_W and spread <= CLOSURE_W:
        return True
    repairs.append(
        f"components do not close (DHI + DNI cos z - GHI = {bias:+.1f} ± {spread:.1f} W/m2): "
        "DNI recomputed from GHI - DHI"
    )
    return False


def _move(
    values: FloatArray, starts_s: FloatArray, offset_h: float, latitude: float, longitude: float
) -> FloatArray:
    """Irradiance of rows whose sun is late moved onto the hours it belongs to.

    Each row is cut into halves that share its energy as the extraterrestrial sun does, and the halves are
    gathered into hours again: the energy of a day is kept.
    """
    halves = np.repeat(starts_s, 2) + np.tile([0.0, 1800.0], len(starts_s)) - offset_h * 3600.0
    weight = sun_over_intervals(halves, 1800.0, latitude, longitude).ghi_extra.reshape(-1, 2)
    total = weight.sum(axis=1, keepdims=True)
    share = np.where(total > 0.0, weight / np.where(total > 0.0, total, 1.0), 0.5)
    energy = (values[:, None] * share).ravel()
    return np.roll(energy, -round(2.0 * offset_h)).reshape(-1, 2).sum(axis=1)


def _below_space(ghi: FloatArray, sun: IntervalSun, repairs: list[str]) -> FloatArray:
    """No more global irradiance than arrives above the atmosphere.

    Near the horizon a rounded value or the twilight may exceed it by a few watts; that is counted apart.
    """
    limit = sun.ghi_extra
    over = sun.up & (ghi > limit + 0.5)
    if over.any():
        lost = float((ghi - limit)[over].sum()) / 1e3
        high = int((over & (sun.cos_zenith > 0.1)).sum())
        repairs.append(
            f"global irradiance above the extraterrestrial in {int(over.sum())} hours "
            f"({high} with the sun above 6 degrees), {lost:.2f} kWh/m2: limited to it"
        )
        ghi = np.where(over, limit, ghi)
    return ghi


def _close(
    ghi: FloatArray,
    dni: FloatArray,
    dhi: FloatArray,
    keep: NDArray[np.bool_],
    pressure: FloatArray,
    sun: IntervalSun,
    repairs: list[str],
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Make GHI = DHI + DNI cos z exact: keep a DNI that closes but for rounding, else take GHI - DHI."""
    cosine = sun.cos_zenith
    own = np.nan_to_num(dni, nan=0.0)
    fits = keep & (np.abs(dhi + own * cosine - ghi) <= CLOSURE_HOUR_W)
    own = np.where(sun.up, np.minimum(own, ghi / np.where(cosine > 0.0, cosine, 1.0)), 0.0)
    beam = np.maximum(ghi - dhi, 0.0)
    taken = np.where(sun.up, beam / np.where(cosine > 0.0, cosine, 1.0), 0.0)
    limit = cleanest_beam(sun.zenith, pressure, sun.dni_extra) * sun.fraction_up
    capped = ~fits & (taken > limit + 0.5)
    if capped.any():
        moved = float(((taken - limit) * cosine)[capped].sum()) / 1e3
        repairs.append(
            f"direct beam above that of the cleanest sky in {int(capped.sum())} hours: "
            f"{moved:.2f} kWh/m2 counted as diffuse"
        )
    redone = int((keep & ~fits & (np.abs(taken - own) > 1.0)).sum())
    if redone:
        repairs.append(f"direct irradiance did not close in {redone} hours: recomputed there")
    dni = np.where(fits, own, np.minimum(taken, limit))
    dni = np.where(sun.up, dni, 0.0)
    return ghi, dni, ghi - dni * cosine
