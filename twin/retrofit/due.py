"""What of a building falls due for renewal without a retrofit, and what of it a package avoids (到期更新)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from buildings.description.schema import Project
from buildings.retrofit.library import MeasureLibrary
from buildings.retrofit.renewal import standing_parts
from buildings.retrofit.work_line import WorkLine
from twin.economics.renewal import Renewal, avoided_by, renewals_of
from twin.economics.terms import terms_of


@dataclass(frozen=True)
class Due:
    """Renewals that fall due in a building as it is.

    Parameters
    ----------
    renewals : tuple of Renewal
    slot_of : mapping of str to str
        Slot of every measure.
    """

    renewals: tuple[Renewal, ...]
    slot_of: Mapping[str, str]

    def avoided(self, lines: Sequence[WorkLine]) -> tuple[Renewal, ...]:
        """Those that a package with these lines avoids."""
        return avoided_by(self.renewals, lines, self.slot_of) if self.renewals else ()


NOTHING_DUE = Due((), {})


def due_of(project: Project, sizes: Mapping[str, float], library: MeasureLibrary) -> Due:
    """What falls due by what a project says of its only building.

    Parameters
    ----------
    project : Project
        Without measures.
    sizes : mapping
        `cooling_capacity_kw` and `heating_capacity_kw` of the plant as it is [kW].
    library : MeasureLibrary

    Raises
    ------
    TwinError
        As `twin.economics.renewal.renewals_of`.
    """
    finance = project.retrofit.finance
    if not finance.renewal_due:
        return NOTHING_DUE
    standing = standing_parts(project.buildings[0], sizes)
    found = renewals_of(finance, standing, terms_of(finance).start_year)
    return Due(found, {key: library[key].slot for key in library})
