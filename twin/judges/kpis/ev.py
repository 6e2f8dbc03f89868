"""Vehicles: how far their charging can be moved (电量包络), and whether they leave with what they need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from twin.judges.kpis.arrays import FloatArray, positive, power, step_hours
from twin.judges.kpis.kpi import Kpi, known, undefined
from weather.errors import TwinError

SOC_TOLERANCE = 0.01
"""Shortfall of the state of charge that is not counted."""


@dataclass(frozen=True)
class Sessions:
    """Stays of vehicles at chargers; arrays of one length.

    Parameters
    ----------
    arrival_h, departure_h : ndarray, shape (m,)
        From the start of the series [h].
    need_kwh : ndarray, shape (m,)
        Energy into the battery by departure.
    spare_kwh : ndarray, shape (m,)
        What it may lend below its state at arrival; 0 where it does not give back.
    charge_kw, discharge_kw : ndarray, shape (m,)
        Largest power in and out.
    """

    arrival_h: FloatArray
    departure_h: FloatArray
    need_kwh: FloatArray
    spare_kwh: FloatArray
    charge_kw: FloatArray
    discharge_kw: FloatArray


def envelope(sessions: Sessions, n: int, step_h: float) -> tuple[FloatArray, FloatArray, int]:
    """Earliest and latest cumulative energy of all sessions.

    Parameters
    ----------
    sessions : Sessions
    n : int
        Steps.
    step_h : float
        Step [h].

    Returns
    -------
    most, least : ndarray, shape (n,)
        E_max(t): everybody charges at once; E_min(t): everybody lends as far as he may and charges as late as
        he can [kWh], at the ends of the steps, counted from each arrival.
    short : int
        Sessions whose need does not fit into their stay; both curves then are what fits.

    Notes
    -----
    Source: envelope of aggregated vehicles, standard model; P in [-P_dis, P_ch].
    """
    hours = step_hours(step_h)
    fields = [
        power(name, getattr(sessions, name), least=0.0)
        for name in ("arrival_h", "departure_h", "need_kwh", "spare_kwh", "charge_kw", "discharge_kw")
    ]
    if len({len(f) for f in fields}) > 1 or (fields[1] <= fields[0]).any():
        raise TwinError(
            "the sessions are of different number, or one ends before it begins.",
            "Give one value a session, and departures after arrivals.",
            key="sessions",
        )
    ends = hours * np.arange(1, n + 1)
    most, least, short = np.zeros(n), np.zeros(n), 0
    for come, go, need, spare, charge, discharge in zip(*fields, strict=True):
        fits = charge * (go - come)
        short += int(need > fits * (1.0 + 1e-9))
        wanted = min(need, fits)
        passed = np.clip(ends - come, 0.0, go - come)
        most += np.minimum(charge * passed, wanted)
        latest = wanted - charge * np.maximum(go - np.maximum(ends, come), 0.0)
        lent = -np.minimum(discharge * passed, spare)
        least += np.where(ends <= come, 0.0, np.minimum(np.maximum(latest, lent), wanted))
    return most, least, short


def envelope_flexibility(sessions: Sessions, n: int, step_h: float) -> Kpi:
    """Mean width of the vehicles' envelope.

    Parameters
    ----------
    sessions, n, step_h
        As in `envelope`.

    Returns
    -------
    Kpi
        mean_t(E_max(t) - E_min(t)) [kWh]. Undefined without sessions.

    Notes
    -----
    Source: envelope of aggregated vehicles, standard model.
    """
    if not len(sessions.arrival_h):
        return undefined("ev_envelope", "no_vehicles")
    most, least, short = envelope(sessions, n, step_h)
    note = f"{short} sessions too short for their need" if short else ""
    return known("ev_envelope", float((most - least).mean()), note)


def service(soc_departure: ArrayLike, soc_required: ArrayLike, capacity_kwh: ArrayLike) -> tuple[Kpi, Kpi]:
    """Whether vehicles leave with what they asked for.

    Parameters
    ----------
    soc_departure, soc_required : array_like, shape (m,)
        States of charge [-].
    capacity_kwh : array_like, shape (m,)
        [kWh].

    Returns
    -------
    ev_service_level : Kpi
        Share of sessions with SOC_dep >= SOC_req - 1 % [-], 0 to 1.
    ev_unmet_energy : Kpi
        sum max(E_req - E_dep, 0) [kWh], without tolerance.

    Notes
    -----
    Source: PEDF Twin, own definition. A hard constraint: never to be traded off in silence.
    """
    asked = np.asarray(soc_required, float)
    if not len(asked):
        return undefined("ev_service_level", "no_vehicles"), undefined("ev_unmet_energy", "no_vehicles")
    asked = power("required", asked, least=0.0)
    left = power("departure", soc_departure, asked, 0.0)
    missing = np.maximum(asked - left, 0.0)
    # A billionth beside the tolerance, so that 0.79 against 0.80 is met in binary numbers too.
    return (
        known("ev_service_level", float((missing <= SOC_TOLERANCE + 1e-9).mean())),
        known("ev_unmet_energy", float((missing * power("capacity", capacity_kwh, asked, 0.0)).sum())),
    )


def service_of_counts(sessions: float, left_short: float, missed_kwh: float) -> tuple[Kpi, Kpi]:
    """The same from the counters of a Run.

    Parameters
    ----------
    sessions : float
        Vehicles that found a charger.
    left_short : float
        Of them those that left with less than fitted into their stay.
    missed_kwh : float
        What they missed [kWh].

    Returns
    -------
    ev_service_level, ev_unmet_energy : Kpi
        Of the energy that fits into the stay and without tolerance: a stricter test of the control, which
        cannot help a stay that is too short.

    Notes
    -----
    Source: PEDF Twin, own definition.
    """
    if sessions <= 0.0:
        return undefined("ev_service_level", "no_vehicles"), undefined("ev_unmet_energy", "no_vehicles")
    return (
        known("ev_service_level", 1.0 - left_short / positive("sessions", sessions)),
        known("ev_unmet_energy", missed_kwh),
    )
