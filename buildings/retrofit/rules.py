"""What can be built together, as linear rules over the measures of a package (措施相容规则).

An integer search needs them beforehand; `buildings.retrofit.package.mended` has the last word on a package.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.package import features_with


@dataclass(frozen=True)
class Rule:
    """The sum of the shares of the measures that a package holds is at most a number.

    Attributes
    ----------
    shares : dict of str to float
        By measure.
    at_most : float
    """

    shares: Mapping[str, float]
    at_most: float


def rules_of(project: Project, options: Sequence[Sequence[str]], library: MeasureLibrary) -> tuple[Rule, ...]:
    """Rules of conflicts, prerequisites and room on the roof.

    Parameters
    ----------
    project : Project
        Without measures.
    options : sequence of sequences of str
        Measures of each slot.
    library : MeasureLibrary

    Notes
    -----
    What only two measures bring together, such as fresh air behind new windows and sealed joints, counts as
    brought by neither: no package is let through that cannot be, and few are kept out that can.
    """
    measures = {key: library[key] for slot in options for key in slot}
    here = features_with(project, ())
    brought = {key: features_with(project, (measure,)) for key, measure in measures.items()}
    found: list[Rule] = []
    for key, measure in measures.items():
        for word in measure.conflicts:
            others = [k for k, m in measures.items() if word in (k, m.slot) and m.slot != measure.slot]
            found += [Rule({key: 1.0, other: 1.0}, 1.0) for other in others]
        for word in measure.requires:
            if word in here:
                continue
            bring = [
                k for k, m in measures.items() if k != key and (word in (k, m.slot) or word in brought[k])
            ]
            found.append(Rule({key: 1.0, **dict.fromkeys(bring, -1.0)}, 0.0))
    shares = {key: getattr(measure.action, "roof_share", 0.0) for key, measure in measures.items()}
    if sum(shares.values()) > 1.0:
        found.append(Rule({key: share for key, share in shares.items() if share > 0.0}, 1.0))
    return tuple(found)
