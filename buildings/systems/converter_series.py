"""Two converters one behind the other (串联变换器) as one set of the same loss form."""

from __future__ import annotations

import numpy as np

from buildings.systems.converter import CONVERTER, load_converter, loss_kw
from buildings.systems.records import Record, record

_POINTS = 101


def converters_in_series(first: str, second: str, rated_kw: float) -> Record:
    """Record of converter `second` fed by `first`, both rated alike.

    The sum of both losses is not quite quadratic in the output; least squares over the whole load range keep
    it within 1e-4 of the rating for the library's sets (a test holds that).

    Parameters
    ----------
    first, second : str
        Keys in `data/converters.yaml`, in the order in which power flows to the load.
    rated_kw : float
        Rated output [kW].

    Returns
    -------
    numpy.void
        Record of dtype `CONVERTER`.

    Raises
    ------
    TwinError
        If a key is unknown or the rating is not positive.
    """
    front, back = load_converter(first, rated_kw), load_converter(second, rated_kw)
    x = np.linspace(0.0, 1.0, _POINTS)
    lost = np.empty(_POINTS)
    for i, share in enumerate(x):
        behind = loss_kw(share * rated_kw, rated_kw, back)
        lost[i] = (behind + loss_kw(share * rated_kw + behind, rated_kw, front)) / rated_kw
    alpha, beta, gamma = np.linalg.lstsq(np.vander(x, 3, increasing=True), lost, rcond=None)[0]
    fields = {"alpha": alpha, "beta": beta, "gamma": gamma, "modules": 1, "module_load_limit": 1.0}
    return record(CONVERTER, {"rated_kw": rated_kw, **fields})
