"""What every indicator asks of its arrays: one shape, finite values, a sensible step. NaN is refused."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from weather.errors import TwinError

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

QUARTER_H = 0.25
"""Metering interval of peaks and ramps [h]."""
_WHOLE = 1e-9


def power(
    name: str, values: ArrayLike, like: FloatArray | None = None, least: float = -math.inf
) -> FloatArray:
    """A series of step means.

    Parameters
    ----------
    name : str
        What it is, for the error.
    values : array_like, shape (n,)
    like : ndarray, shape (n,), optional
        Series of the same steps.
    least : float
        Smallest value that is sound; a millionth below it is read as rounding.

    Raises
    ------
    TwinError
        Empty, not one-dimensional, of another length, not finite, or below `least`.
    """
    array = np.asarray(values, float)
    if array.ndim != 1 or not len(array):
        raise TwinError(f"{name} has shape {array.shape}.", "Give one value for each step.", key=name)
    if like is not None and array.shape != like.shape:
        raise TwinError(
            f"{name} has {len(array)} values, another series {len(like)}.", "Give the same steps.", key=name
        )
    if not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        raise TwinError(
            f"{name} holds {array[row]} (first in row {row}).", "Fill or cut the series before.", key=name
        )
    if array.min() < least - 1e-6:
        raise TwinError(f"{name} goes down to {array.min():g}.", f"It must be {least:g} or more.", key=name)
    return array


def mask(name: str, values: ArrayLike, like: FloatArray) -> BoolArray:
    """Steps of a span.

    Raises
    ------
    TwinError
        Not of booleans, or of another length.
    """
    array = np.asarray(values)
    if array.dtype != np.bool_ or array.shape != like.shape:
        raise TwinError(
            f"{name} is of {array.dtype} and shape {array.shape}.",
            f"Give {len(like)} booleans, one a step.",
            key=name,
        )
    return array


def step_hours(step_h: float) -> float:
    """A step's width [h].

    Raises
    ------
    TwinError
        Not a positive number.
    """
    if not (math.isfinite(step_h) and step_h > 0.0):
        raise TwinError(f"the step is {step_h} h.", "Give a positive number of hours.", key="step_h")
    return float(step_h)


def positive(name: str, value: float) -> float:
    """A size that must be more than zero.

    Raises
    ------
    TwinError
        It is not.
    """
    if not (math.isfinite(value) and value > 0.0):
        raise TwinError(f"{name} is {value}.", "Give a positive number.", key=name)
    return float(value)


def steps_in(window_h: float, step_h: float) -> int:
    """Number of steps in a window.

    Raises
    ------
    TwinError
        The window is no whole number of steps.
    """
    count = positive("window_h", window_h) / step_hours(step_h)
    if abs(count - round(count)) > _WHOLE * count or round(count) < 1:
        raise TwinError(
            f"{window_h:g} h are no whole number of steps of {step_h:g} h.",
            "Give a step that divides the window.",
            key="step_h",
        )
    return round(count)


def block_means(values: FloatArray, step_h: float, window_h: float = QUARTER_H) -> FloatArray:
    """Means of windows counted from the first step.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Step means.
    step_h : float
        Step [h].
    window_h : float
        Window [h].

    Returns
    -------
    ndarray, shape (m,)
        The series itself where its step is not shorter than the window: what happens inside a step is not
        known. A last incomplete window is the mean of what it holds.
    """
    if step_hours(step_h) >= window_h:
        return values
    per = steps_in(window_h, step_h)
    edges = np.arange(0, len(values), per)
    counts = np.diff(np.append(edges, len(values)))
    return np.asarray(np.add.reduceat(values, edges) / counts)


def energy(values: FloatArray, step_h: float, where: BoolArray | None = None) -> float:
    """Energy of step means [kWh]: sum times step, exact for means (Simpson's rule would drop a step)."""
    chosen = values if where is None else values[where]
    return float(chosen.sum()) * step_h
