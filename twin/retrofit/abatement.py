"""The marginal abatement cost curve (减排成本曲线): what each measure adds when those before it are done."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from buildings.retrofit.library import MeasureLibrary
from twin.crew import Package
from twin.retrofit.rating import Rated
from twin.retrofit.tried import Tried

Mend = Callable[[Package], Package]


def abatement_curve(
    tried: Tried, package: Package, mend: Mend, library: MeasureLibrary
) -> list[dict[str, Any]]:
    """Measures of a package in the order in which one would take them, each with what it adds.

    Parameters
    ----------
    tried : Tried
        Marches what it has not yet.
    package : tuple of str
    mend : callable
        Tells which measures cannot stand yet.
    library : MeasureLibrary

    Returns
    -------
    list of dict
        In the order taken: cheapest per tonne by itself first, as far as what it requires is there. Tonnes a
        year and CNY per tonne are *marginal*, the interaction with those before counted; `alone_*` is the
        measure by itself. CNY per tonne is None where a measure saves no carbon there.
    """
    tried.add([mend((key,)) for key in package])
    left = sorted(package, key=lambda key: (_alone(tried, mend((key,))), key))
    done: Package = ()
    rows: list[dict[str, Any]] = []
    while left:
        taken = next((key for key in left if key in mend(_in_order((*done, key), package))), None)
        if taken is None:
            break
        left.remove(taken)
        wider = mend(_in_order((*done, taken), package))
        tried.add([done, wider])
        if wider in tried.rated and done in tried.rated:
            rows.append(_row(taken, tried, tried.rated[done], tried.rated[wider], mend, library))
            done = wider
    return rows


def _in_order(keys: Package, package: Package) -> Package:
    return tuple(key for key in package if key in keys)


def _alone(tried: Tried, package: Package) -> float:
    found = tried.rated.get(package)
    cost = None if found is None or not package else found.economics.cost_per_tonne_cny
    return math.inf if cost is None else cost


def _yearly(rated: Rated) -> tuple[float, float]:
    """Annualised net cost [CNY/a] and tonnes a year against the building as it is."""
    return rated.economics.annual_net_cost_cny, rated.economics.levelised_tonnes_a


def _row(
    key: str, tried: Tried, before: Rated, after: Rated, mend: Mend, library: MeasureLibrary
) -> dict[str, Any]:
    (cost_0, tonnes_0), (cost_1, tonnes_1) = _yearly(before), _yearly(after)
    tonnes = tonnes_1 - tonnes_0
    alone = tried.rated.get(mend((key,)))
    return {
        "measure": key,
        "name_en": library[key].name_en,
        "name_zh": library[key].name_zh,
        "tonnes_a": tonnes,
        "cny_per_tonne": (cost_1 - cost_0) / tonnes if tonnes > 0.0 else None,
        "alone_tonnes_a": None if alone is None or not alone.package else alone.economics.tonnes_a,
        "alone_cny_per_tonne": None
        if alone is None or not alone.package
        else alone.economics.cost_per_tonne_cny,
    }
