"""Envelopes as tables: hours, statistics of the year, by month and hour."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from twin.flexibility.envelope import BINDS, BUILDING, DIRECTIONS, Envelope

_SHARES = {"p10": 0.10, "p50": 0.50, "p90": 0.90}


def envelope_table(envelope: Envelope, hours: Sequence[int] | None = None) -> pd.DataFrame:
    """Every figure of an envelope in a row of its own.

    Parameters
    ----------
    envelope : Envelope
    hours : sequence of int, optional
        Positions in `envelope.times`; all where not given.

    Returns
    -------
    DataFrame
        time, direction, source, minutes, kw, kwh (energy that limits the source), rebound_kwh, rebound_kw,
        binds (of the building's sum: interface, demand_limit or nothing), w_m2.
    """
    at = np.arange(len(envelope.starts)) if hours is None else np.asarray(hours, dtype=int)
    parts = []
    for (direction, name), source in envelope.sources.items():
        for m, minutes in enumerate(envelope.minutes):
            codes = envelope.binds[direction][m, at] if name == BUILDING else np.zeros(len(at), dtype=int)
            parts.append(
                pd.DataFrame(
                    {
                        "time": envelope.times[at],
                        "direction": direction,
                        "source": name,
                        "minutes": minutes,
                        "kw": source.kw[m, at],
                        "kwh": source.kwh[at],
                        "rebound_kwh": source.rebound_kwh[m, at],
                        "rebound_kw": source.rebound_kw[m, at],
                        "binds": [BINDS[int(code)] for code in codes],
                        "w_m2": 1e3 * source.kw[m, at] / envelope.floor_area,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def year_summary(envelope: Envelope) -> pd.DataFrame:
    """Percentiles over the hours by direction, source and time: [kW], and by floor area [W/m2], [Wh/m2]."""
    rows = []
    for (direction, name), source in envelope.sources.items():
        for m, minutes in enumerate(envelope.minutes):
            row: dict[str, object] = {"direction": direction, "source": name, "minutes": minutes}
            row["mean_kw"] = float(source.kw[m].mean())
            for label, share in _SHARES.items():
                kw = float(np.quantile(source.kw[m], share))
                row[f"{label}_kw"] = kw
                row[f"{label}_w_m2"] = 1e3 * kw / envelope.floor_area
                row[f"{label}_wh_m2"] = 1e3 * kw * minutes / 60.0 / envelope.floor_area
            rows.append(row)
    return pd.DataFrame(rows)


def by_month_and_hour(envelope: Envelope, minutes: int = 60, source: str = BUILDING) -> pd.DataFrame:
    """Percentiles [kW] of one source over the days of each month, by hour of the day and direction."""
    m = envelope.minutes.index(minutes)
    parts = []
    for direction in DIRECTIONS:
        kw = pd.Series(envelope.sources[direction, source].kw[m])
        groups = kw.groupby([envelope.times.month, envelope.times.hour])
        table = groups.quantile(np.array(list(_SHARES.values()))).unstack()
        table.columns = [f"{label}_kw" for label in _SHARES]
        table.index.names = ["month", "hour"]
        parts.append(table.reset_index().assign(direction=direction))
    return pd.concat(parts, ignore_index=True)
