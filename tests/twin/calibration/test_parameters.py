"""What each parameter changes in the description, and what the emulator and the error model make of data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from buildings.description.loading import parse_project, project_text
from buildings.description.schema import Project
from buildings.retrofit.base import base_of
from twin.calibration.emulator import Emulator
from twin.calibration.error_model import blocks_like, error_model, interval, kinds_of, scaled
from twin.calibration.fit import Data, _Misfit, _most_likely, _sampled, _settled, _unseen
from twin.calibration.parameters import acting, changed, parameters, places_of, values_at

PROJECT = Project.model_validate(
    {
        "schema": 1,
        "name": "office",
        "buildings": [
            {
                "name": "office", "archetype": "office", "era": "gb50189-2005", "floor_area": 3000,
                "floors": 3, "pv": [{"name": "roof", "capacity": "50 kWp"}],
                "hvac": {"type": "vrf", "equipment": "split_multi_2005"},
            }
        ],
    }
)  # fmt: skip
SIZES = {"cooling_capacity_kw": 400.0, "heating_capacity_kw": 250.0}


def zones(project: Project) -> list:
    return list(base_of(project.buildings[0]).complete.zones)


def test_all_parameters_act_on_such_an_office_and_pv_only_where_there_is_some() -> None:
    assert set(acting(PROJECT, SIZES)) == set(parameters())
    bare = PROJECT.model_copy(update={"buildings": (PROJECT.buildings[0].model_copy(update={"pv": ()}),)})
    assert set(parameters()) - set(acting(bare, SIZES)) == {"pv_yield"}


def test_factors_land_where_they_say() -> None:
    plain = changed(PROJECT, {}, SIZES)
    values = {"equipment_power": 1.3, "night_load": 0.2, "mass": 3.0, "shgc": 0.8, "pv_yield": 0.9}
    made = changed(PROJECT, values, SIZES)
    for old, new in zip(zones(plain), zones(made), strict=True):
        assert new.gains.equipment_power == pytest.approx(1.3 * old.gains.equipment_power)
        base = old.gains.equipment_base_fraction
        assert new.gains.equipment_base_fraction == pytest.approx(base + 0.2 * (1.0 - base))
        assert new.sensible_capacity_multiplier == pytest.approx(3.0 * old.sensible_capacity_multiplier)
    assert made.buildings[0].pv[0].capacity == pytest.approx(45.0)
    old_glass = base_of(plain.buildings[0]).complete.glazings
    new_glass = base_of(made.buildings[0]).complete.glazings
    first = next(w.glazing for s in plain.buildings[0].surfaces for w in s.windows)
    other = next(w.glazing for s in made.buildings[0].surfaces for w in s.windows)
    assert new_glass[other].shgc == pytest.approx(0.8 * old_glass[first].shgc)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_every_end_of_the_priors_is_a_project_that_can_be_read(share: float) -> None:
    names = tuple(parameters())
    values = values_at(names, np.full((1, len(names)), share))[0]
    made = changed(PROJECT, dict(zip(names, values, strict=True)), SIZES)
    assert parse_project(project_text(made)) == made


def test_values_follow_the_quantiles_of_the_priors() -> None:
    for name, entry in parameters().items():
        low, high = values_at([name], np.array([[0.0], [1.0]]))[:, 0]
        assert (low, high) == pytest.approx((entry["low"], entry["high"]), abs=1e-6)
        assert {"source", "year", "confidence", "unit", "name_zh", "name_en"} <= set(entry)


# --- the mathematics on a model that is known ------------------------------------------------------------

TIMES = pd.date_range("2025-01-01", periods=24 * 120, freq="h", tz="Asia/Shanghai")
KINDS = kinds_of(TIMES, np.asarray(TIMES.day_of_week >= 5))
MONTHS = TIMES.month.to_numpy()
SHAPES = np.stack([np.ones(len(TIMES)), np.maximum(np.sin(np.arange(len(TIMES)) / 24 * 2 * np.pi), 0.0)])


def model(shares: np.ndarray) -> np.ndarray:
    """Two shapes, one of them bent; the third parameter does nothing."""
    factors = np.stack([50.0 + 20.0 * shares[:, 0], 30.0 * (1.0 + shares[:, 1]) ** 2], axis=1)
    return factors @ SHAPES


def noise(size: float, lasts: float, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    made = np.empty(len(TIMES))
    made[0] = rng.normal()
    for k in range(1, len(made)):
        made[k] = lasts * made[k - 1] + np.sqrt(1 - lasts**2) * rng.normal()
    return size * made


def test_an_emulator_of_quadratics_is_exact() -> None:
    rng = np.random.default_rng(0)
    design, new = rng.random((40, 3)), rng.random((5, 3))
    made = Emulator(design, model(design))
    assert len(made.shapes) == 2
    assert made.series(new) == pytest.approx(model(new), rel=1e-3)


def test_parameters_of_little_effect_enter_by_a_line_each() -> None:
    """As many marches as two squared parameters and two lines need, and a few: no products are asked for."""
    rng = np.random.default_rng(0)
    design, new = rng.random((12, 4)), rng.random((5, 4))

    def series(shares: np.ndarray) -> np.ndarray:
        x, y, u, v = shares.T[:, :, None]
        return (40.0 * x + 12.0 * x * y) * SHAPES[0] + (20.0 * y**2 + 3.0 * u - 2.0 * v) * SHAPES[1]

    made = Emulator(design, series(design), squared=2)
    assert made.series(new) == pytest.approx(series(new), rel=1e-3)


def test_the_search_leaves_the_end_of_a_prior() -> None:
    design = np.random.default_rng(1).random((60, 3))
    emulator = Emulator(design, model(design))
    data = Data((model(np.array([[0.35, 0.6, 0.5]]))[0] + noise(8.0, 0.0))[:, None], KINDS, MONTHS)
    misfit = _Misfit(emulator, data, None)
    for end in (0.0, 1.0):
        assert _most_likely(misfit, [np.array([end, end, 0.5])])[:2] == pytest.approx([0.35, 0.6], abs=0.05)


def test_what_the_model_errs_by_every_day_is_not_read_as_parameters() -> None:
    """A pattern of the day that lasts is of the model's form: by a term of its own the truth is held."""
    truth = np.array([[0.35, 0.6, 0.5]])
    design = np.random.default_rng(1).random((60, 3))
    emulator = Emulator(design, model(design))
    hour = TIMES.hour.to_numpy()
    wrong = 12.0 * np.isin(hour, (6, 7, 17, 18, 19))
    data = Data((model(truth)[0] + wrong + noise(4.0, 0.3))[:, None], KINDS, MONTHS)
    best, errors = _settled(emulator, data, 3, True)
    plain = [replace(error, form=0.0) for error in errors]
    bent = _most_likely(_Misfit(emulator, data, plain), [best])
    held = []
    for own, fit in ((errors, best), (plain, bent)):
        low, high = np.quantile(_sampled(emulator, data, own, fit, 0, 1.0)[0], [0.025, 0.975], axis=0)
        held.append(bool(((low <= truth[0]) & (truth[0] <= high)).all()))
    assert held == [True, False]


def test_hours_that_hang_together_count_less() -> None:
    free, tied = (error_model(noise(5.0, lasts), KINDS) for lasts in (0.0, 0.9))
    assert free.independent > 0.8
    assert 0.02 < tied.independent < 0.12  # (1 - 0.9) / (1 + 0.9) = 0.053
    assert np.sqrt((free.sigma**2).mean()) == pytest.approx(5.0, rel=0.1)


@pytest.mark.parametrize("lasts", [0.0, 0.9])
def test_the_posterior_holds_the_truth_and_says_what_it_does_not_know(lasts: float) -> None:
    """Over seeds the truth lies inside as often as it should; noise that lasts makes it wider, not wrong."""
    truth = np.array([[0.35, 0.6, 0.5]])
    design = np.random.default_rng(1).random((60, 3))
    emulator = Emulator(design, model(design))
    inside, width = [], []
    for seed in range(3):
        measured = (model(truth)[0] + noise(8.0, lasts, seed))[:, None]
        data = Data(measured, KINDS, MONTHS)
        best, errors = _settled(emulator, data, 3, True)
        shares, _ = _sampled(emulator, data, errors, best, seed, 1.0)
        low, high = np.quantile(shares, [0.025, 0.975], axis=0)
        inside += list((low[:2] <= truth[0, :2]) & (truth[0, :2] <= high[:2]))
        width.append(shares.std(axis=0) * np.sqrt(12.0))
    assert np.mean(inside) >= 0.6
    mean = np.mean(width, axis=0)
    assert mean[2] > 0.8  # what does nothing stays as wide as its prior
    assert mean[0] < 0.2
    assert mean[0] > (0.03 if lasts else 0.005)


def test_intervals_cover_as_many_hours_as_they_say() -> None:
    residual = noise(5.0, 0.8) * (1.0 + (TIMES.hour.to_numpy() > 12))
    made = error_model(residual, KINDS)
    draws = 100.0 + np.random.default_rng(3).normal(size=(40, 1)) + np.zeros((1, len(TIMES)))
    low, high = interval(draws, KINDS, made, 0.9, 0)
    new = 100.0 + noise(5.0, 0.8, 5) * (1.0 + (TIMES.hour.to_numpy() > 12))
    assert 0.85 <= float(((low <= new) & (new <= high)).mean()) <= 0.95


def test_the_tail_of_a_prior_is_as_easy_to_emulate_as_its_middle() -> None:
    """What goes with the values is no quadratic of the shares where quantiles are steep."""
    names = ("equipment_power", "infiltration")
    rng = np.random.default_rng(4)
    design, tail = rng.random((60, 2)), np.array([[0.003, 0.004], [0.997, 0.01]])

    def series(shares: np.ndarray) -> np.ndarray:
        return values_at(names, shares) @ (50.0 * SHAPES)

    plain = Emulator(design, series(design)).series(tail)
    placed = Emulator(design, series(design), places=places_of(names)).series(tail)
    truth = series(tail)
    assert placed == pytest.approx(truth, rel=1e-2)
    assert np.abs(plain / truth - 1.0).max() > 0.1


def test_scaled_intervals_hold_the_share_of_the_hours_that_were_fitted() -> None:
    measured = noise(5.0, 0.5)
    measured[:100] = np.nan
    low, high = scaled(
        np.full(len(measured), -50.0),
        np.full(len(measured), 50.0),
        measured,
        np.full(len(measured), np.nan),
        0.9,
    )
    known = np.isfinite(measured)
    inside = ((low <= measured) & (measured <= high))[known]
    assert inside.mean() == pytest.approx(0.9, abs=1e-3)
    assert low + high == pytest.approx(0.0)


def test_intervals_are_as_wide_as_what_is_missed_in_months_that_are_not_seen() -> None:
    """Months that differ by something no parameter tells: a fit halves the miss of those it sees."""
    truth = np.array([[0.35, 0.6, 0.5]])
    design = np.random.default_rng(1).random((60, 3))
    emulator = Emulator(design, model(design))
    odd = 4.0 * np.where(MONTHS % 2 == 0, 1.0, -1.0)
    data = Data((model(truth)[0] + odd + noise(1.0, 0.0))[:, None], KINDS, MONTHS)
    best, errors = _settled(emulator, data, 3, True)
    unseen = _unseen(emulator, data, errors, best, True)
    assert np.isfinite(unseen).all()
    seen = data.measured - emulator.series(best[None, :])[0][:, None]
    assert np.abs(data.measured - unseen).mean() > 1.1 * np.abs(seen).mean()
    half = np.full(len(MONTHS), 1.0)
    middle = emulator.series(best[None, :])[0]
    low, high = scaled(middle - half, middle + half, data.measured[:, 0], unseen[:, 0], 0.9)
    only = Data(np.where(MONTHS[:, None] == 1, data.measured, np.nan), KINDS, MONTHS)
    assert np.isnan(_unseen(emulator, only, errors, best, True)).all()  # one month has no others
    inside = (low <= data.measured[:, 0]) & (data.measured[:, 0] <= high)
    assert inside.mean() >= 0.9


def test_left_out_blocks_lie_as_far_away_as_what_is_judged() -> None:
    """Of months in turn half of one is left out; of half a year the judged days lie farther than any."""
    hours = np.arange(8760)
    in_turn = (hours // (24 * 30)) % 2 == 0
    assert np.unique(np.bincount(blocks_like(in_turn, ~in_turn)))[-1] == 24 * 15
    first = hours < 4380
    assert np.bincount(blocks_like(first, ~first)).max() == 24 * 90
    few = hours < 24 * 5
    assert len(np.unique(blocks_like(few, ~few))) == 1
