"""How surely faults are found: halls with hidden parameters, each without a fault and with each one.

python tests/benchmarks/fault_table.py --days DAYS --table twin/watch/data/detection.yaml

Ten groups of five halls begin all over the year, each group in a weather year of its own. Every hall is
followed for four sound weeks and then for three under each fault; with `--long-groups` more sound halls are
followed for four months, so that false alarms can be counted. Daily figures are kept in the folder, so that
an interrupted run goes on. Run it with `tests/shared` on PYTHONPATH; it takes about a quarter of an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from scipy.stats import chi2

from drawn_halls import FAULTS, MINUTES, PER_DAY, YEAR, ZONE, Span, described, read_halls
from flock import Flock
from marches import project_of
from twin.project import Loaded
from twin.watch.alarms import alarms_of
from twin.watch.channels import Days, days_of, detector
from weather import load_weather

SOUND_DAYS, WORN_DAYS, LONG_DAYS, MEMBERS = 28, 21, 119, 24
NAMED = {"pv_string": "pv_loss", "pv_soiling": "pv_loss"}
"""What the watch calls faults that it cannot tell apart; others by their own names."""


def followed(group: int, seeds: list[int], span: Span, faults: list[str]) -> Iterator[tuple[int, str, Days]]:
    """Daily figures of each hall of a group under each fault."""
    climate = load_weather("shanghai", seed=group, year=YEAR)
    tables = read_halls(climate, seeds, faults, span)
    readings, index = np.array([table.to_numpy() for table in tables]), tables[0].index
    loaded = Loaded(project_of(described(), year=YEAR, timestep=MINUTES), climate)
    flock = Flock(
        loaded, span.first, [str(name) for name in tables[0].columns], len(seeds),
        members=MEMBERS, minutes=MINUTES, seed=group,
    )  # fmt: skip
    parted = span.sound * PER_DAY
    sound = [flock.listen(readings[:: len(faults), i]).astype(np.float32) for i in range(parted)]
    if len(faults) > 1:
        flock.part(len(faults))
    worn = [flock.listen(readings[:, i]).astype(np.float32) for i in range(parted, len(index))]
    for i, seed in enumerate(seeds):
        for j, fault in enumerate(faults):
            rows = [*(row[i] for row in sound), *(row[i * len(faults) + j] for row in worn)]
            table = pd.DataFrame(np.array(rows), index=index, columns=flock.names)
            yield seed, fault, days_of(table, ZONE)


def kept(
    folder: Path, group: int, seeds: list[int], span: Span, faults: list[str]
) -> list[tuple[int, str, Days]]:
    """The same, from the folder where they are there."""
    names = [(seed, fault, folder / f"{group}_{seed}_{fault}.parquet") for seed in seeds for fault in faults]
    if not all(path.is_file() for _, _, path in names):
        for seed, fault, days in followed(group, seeds, span, faults):
            both = days.values.join(days.errors.add_suffix(" ±"))
            both.to_parquet(folder / f"{group}_{seed}_{fault}.parquet")
    found = []
    for seed, fault, path in names:
        both = pd.read_parquet(path)
        errors = both[[c for c in both if c.endswith(" ±")]].rename(columns=lambda c: c.removesuffix(" ±"))
        found.append((seed, fault, Days(both[[c for c in both if not c.endswith(" ±")]], errors)))
    return found


def rate(count: int, months: float) -> dict[str, Any]:
    """Rate of events in a month with the 90 % interval of Poisson counts (Garwood 1936)."""
    low = float(chi2.ppf(0.05, 2 * count)) / 2.0 if count else 0.0
    high = float(chi2.ppf(0.95, 2 * count + 2)) / 2.0
    return {
        "alarms": count, "months": round(months, 1), "per_month": round(count / months, 3),
        "interval_90": [round(low / months, 3), round(high / months, 3)],
    }  # fmt: skip


def row(fault: str, cases: Sequence[Days]) -> dict[str, Any]:
    """Of a fault: shares of halls where an alarm came and where the first named it, days until then."""
    told, named, days = 0, 0, []
    months: dict[int, list[bool]] = {}
    for one in cases:
        begin = one.values.index[SOUND_DAYS]
        alarms = [alarm for alarm in alarms_of(one) if alarm.day >= begin]
        right = [alarm for alarm in alarms if NAMED.get(fault, fault) == alarm.fault]
        told += bool(alarms)
        months.setdefault(begin.month, []).append(bool(right))
        if right:
            days.append((right[0].day - begin).days + 1)
            named += right[0].day == alarms[0].day
    found = {"size": FAULTS[fault], "halls": len(cases), "alarm": round(told / len(cases), 2)}
    found |= {"found": round(len(days) / len(cases), 2), "named_first": round(named / len(cases), 2)}
    if days:
        found |= {
            "median_days": float(np.median(days)),
            "p90_days": float(np.quantile(days, 0.9, method="higher")),
        }
    found["found_by_month_of_begin"] = {
        f"{month:02d}": round(float(np.mean(months[month])), 2) for month in sorted(months)
    }
    return found


def in_vain(cases: Sequence[Days]) -> tuple[int, float]:
    """Alarms of sound halls, and months for which they were watched."""
    first = int(detector("settling_days") + detector("training_days"))
    days = sum(len(one.values) - first for one in cases)
    return sum(len(alarms_of(one)) for one in cases), days * 12.0 / 365.25


def main() -> None:
    """Follow, watch, tell and write the table."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--days", type=Path, required=True)
    reader.add_argument("--table", type=Path)
    reader.add_argument("--groups", type=int, default=10)
    reader.add_argument("--halls", type=int, default=5)
    reader.add_argument("--long-groups", type=int, default=2)
    reader.add_argument("--long-halls", type=int, default=10)
    asked = reader.parse_args()
    asked.days.mkdir(parents=True, exist_ok=True)
    cases: dict[str, list[Days]] = {fault: [] for fault in FAULTS}
    long: list[Days] = []
    last = 365 - SOUND_DAYS - WORN_DAYS
    for group in range(asked.groups):
        # neighbours in time are far apart in the order, so that a part of the groups is of all seasons, too
        place = 7 * group % 10
        span = Span(5 + place * (last - 5) // 10, SOUND_DAYS, WORN_DAYS)
        seeds = [1000 + 100 * group + i for i in range(asked.halls)]
        for _, fault, days in kept(asked.days, 200 + group, seeds, span, list(FAULTS)):
            cases[fault].append(days)
        sys.stdout.write(f"group {group} from day {span.first}: {in_vain(cases['none'])}\n")
        sys.stdout.flush()
    for group in range(asked.long_groups):
        span = Span(5 + group * 220, LONG_DAYS, 1)
        seeds = [5000 + 100 * group + i for i in range(asked.long_halls)]
        long += [days for _, _, days in kept(asked.days, 300 + group, seeds, span, ["none"])]
    count, months = in_vain([*cases["none"], *long])
    told = {
        "schema": 1,
        "command": f"python tests/benchmarks/fault_table.py --days FOLDER --groups {asked.groups} "
        f"--long-groups {asked.long_groups}",
        "date": f"{datetime.now(tz=UTC):%Y-%m-%d}",
        "of": "drawn halls of 200 m2 (VRF, PV, battery, chargers), Shanghai, all seasons",
        "halls": asked.groups * asked.halls, "long_halls": asked.long_groups * asked.long_halls,
        "sound_days": SOUND_DAYS, "worn_days": WORN_DAYS,
        "stated_per_month": detector("false_alarms_per_month"),
        "false_alarms": rate(count, months),
        "faults": {fault: row(fault, cases[fault]) for fault in FAULTS if fault != "none"},
    }  # fmt: skip
    text = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    sys.stdout.write(text)
    if asked.table is not None:
        asked.table.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
