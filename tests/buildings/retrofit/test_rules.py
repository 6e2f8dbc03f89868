"""Linear rules let through what can be built, and nothing that cannot."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from buildings.description.loading import parse_project
from buildings.retrofit.library import library_of
from buildings.retrofit.package import mended, slots
from buildings.retrofit.rules import rules_of

WET = (
    "end_uses: {use: hospital_inpatient, count: 150, cooking: gas_wok, laundry: gas_laundry}, plant_room: ["
    "{name: hot water, type: stratified_tank, serves: hot_water, volume: 15 m3}, "
    "{name: boiler, type: boiler, equipment: gas_2005, serves: hot_water, feeds: hot water, "
    "capacity: 500 kW}]"
)
KINDS = {
    "office": "archetype: office, era: gb50189-2005, floor_area: 2700 m2, floors: 3",
    "tight office": "archetype: office, era: nzeb, floor_area: 2700 m2, floors: 3",
    "hospital": f"archetype: hospital_inpatient, era: gb50189-2005, floor_area: 6000 m2, floors: 4, {WET}",
    "dwellings": "archetype: residential, era: 1980s, floor_area: 1800 m2, floors: 6",
}


@pytest.mark.parametrize("kind", KINDS)
def test_rules_say_what_mending_says(kind):
    """By every pair of measures and 300 drawn packages, mended and not."""
    project = parse_project(f"schema: 1\nname: x\nbuildings:\n  - {{name: x, {KINDS[kind]}}}\n")
    library = library_of(project)
    options = [slot.options for slot in slots(project, library) if slot.options]
    rules = rules_of(project, options, library)

    def passes(package):
        return all(sum(r.shares.get(key, 0.0) for key in package) <= r.at_most + 1e-9 for r in rules)

    keys = [key for slot in options for key in slot]
    slot_of = {key: i for i, slot in enumerate(options) for key in slot}
    tried = [(key,) for key in keys]
    tried += [pair for pair in itertools.combinations(keys, 2) if slot_of[pair[0]] != slot_of[pair[1]]]
    rng = np.random.default_rng(0)
    for _ in range(300):
        drawn = (rng.choice([None, *slot]) for slot in options)
        tried.append(tuple(str(key) for key in drawn if key is not None))
    whole = 0
    for package in tried:
        kept = mended(project, package, library)
        assert passes(kept)
        assert passes(package) == (len(kept) == len(package)), package
        whole += len(kept) == len(package)
    assert 0 < whole < len(tried)
