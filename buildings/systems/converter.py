"""Power converters (变换器): the quadratic loss form and its exact inverse.

P_loss = P_r (alpha + beta x + gamma x^2) with x = P_out / P_r, the form that NREL's BEEAM uses
(Energies 2023, 16, 3001), with coefficients fitted to measured converters (see
`data/converters.yaml`). All powers here are magnitudes in kW; direction is the caller's.
A modular converter runs the smallest number of its modules that carries the load.
"""

from __future__ import annotations

import math

import numpy as np

from buildings.compiled import compiled
from buildings.systems.records import Record, entry, positive, record
from weather.errors import TwinError

CONVERTER = np.dtype(
    [
        ("rated_kw", np.float64),
        ("alpha", np.float64),
        ("beta", np.float64),
        ("gamma", np.float64),
        ("modules", np.int64),
        ("module_load_limit", np.float64),
    ],
    align=True,
)


def load_converter(key: str, rated_kw: float, modules: int = 1, module_load_limit: float = 1.0) -> Record:
    """Record of a converter of the library at a given size.

    Parameters
    ----------
    key : str
        Key in `data/converters.yaml`, such as ``afe_median``.
    rated_kw : float
        Rated output power, all modules together [kW].
    modules : int, optional
        Number of equal modules [-].
    module_load_limit : float, optional
        Share of a module's rating beyond which one module more is switched on, in (0, 1] [-].

    Returns
    -------
    numpy.void
        Record of dtype `CONVERTER`.

    Raises
    ------
    TwinError
        If the key is unknown or a size is out of range.
    """
    values = entry("converters", key)
    if modules < 1:
        raise TwinError(f"A converter cannot have {modules} modules.", "Give 1 or more.", key="modules")
    if not 0.0 < module_load_limit <= 1.0:
        raise TwinError(
            f"A module load limit of {module_load_limit} is not a share of the rating.",
            "Give a number above 0 and at most 1.",
            key="module_load_limit",
        )
    return record(
        CONVERTER,
        {
            "rated_kw": positive(rated_kw, "rated_kw"),
            "alpha": values["alpha"],
            "beta": values["beta"],
            "gamma": values["gamma"],
            "modules": modules,
            "module_load_limit": module_load_limit,
        },
    )


@compiled()
def loss_kw(output_kw: float, rated_kw: float, converter: Record) -> float:
    """Loss [kW] of a running converter of size `rated_kw` that delivers `output_kw` >= 0."""
    x = output_kw / rated_kw
    return rated_kw * (converter.alpha + x * (converter.beta + x * converter.gamma))


@compiled()
def output_from_input_kw(input_kw: float, rated_kw: float, converter: Record) -> float:
    """Output [kW] from `input_kw` >= 0: the positive root of the loss quadratic.

    Where the input does not even cover the no-load loss the output is 0 and the whole input is lost.
    """
    d = input_kw / rated_kw - converter.alpha
    if d <= 0.0:
        return 0.0
    b = 1.0 + converter.beta
    # the form 2c/(b + sqrt(...)) keeps its digits when gamma is small
    return rated_kw * 2.0 * d / (b + math.sqrt(b * b + 4.0 * converter.gamma * d))


@compiled()
def modules_running(output_kw: float, converter: Record) -> int:
    """Smallest number of modules that carries `output_kw` >= 0 within the module load limit."""
    n = converter.modules
    per_module = converter.module_load_limit * converter.rated_kw / n
    count = math.ceil(output_kw / per_module - 1e-12)
    return min(max(count, 1), n)


@compiled()
def modular_loss_kw(output_kw: float, converter: Record) -> float:
    """Loss [kW] of the whole converter at `output_kw` >= 0 with the smallest number of modules on."""
    running = modules_running(output_kw, converter)
    return loss_kw(output_kw, running * converter.rated_kw / converter.modules, converter)
