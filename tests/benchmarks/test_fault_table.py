"""Many live twins abreast are what each alone would be."""

from __future__ import annotations

import numpy as np

from drawn_halls import MINUTES, YEAR, Span, described, read_halls
from flock import Flock, LongDays
from marches import project_of, shanghai
from twin.live.filter import Filter
from twin.project import Loaded


def test_a_hall_of_a_flock_is_followed_as_alone_and_parts_without_a_trace() -> None:
    span = Span(150, 1, 1)
    tables = read_halls(shanghai(), [3], ["none", "pv_string"], span)
    sound, worn = (table.to_numpy() for table in tables)
    points, loaded = [str(name) for name in tables[0].columns], Loaded(
        project_of(described(), year=YEAR, timestep=MINUTES), shanghai()
    )  # fmt: skip
    assert np.array_equal(sound[:96], worn[:96], equal_nan=True)
    pv = points.index("pv_kw")
    assert np.nansum(worn[96:, pv]) < 0.9 * np.nansum(sound[96:, pv])
    made = {"members": 8, "minutes": MINUTES, "seed": 1}
    LongDays.window = 1
    alone, flock = (
        Filter(LongDays(loaded, span.first, **made), points),
        Flock(loaded, span.first, points, 1, **made),
    )
    for row in sound[:96]:
        one, told = alone.step(row), flock.listen(row[None])[0]
        assert np.array_equal(
            told, np.concatenate([one.mean, one.sd, one.innovation, one.expected_sd]), equal_nan=True
        )
    flock.part(2)
    both = flock.listen(np.array([sound[96], sound[96]]))
    assert flock.halls == 2
    at = flock.names.index("hall/temp_air_c")
    # draws of the second hall are others, states are those before the parting
    assert abs(both[0, at] - both[1, at]) < 0.5
    assert flock.ensemble.members == 16
