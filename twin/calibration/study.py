"""A calibration from meters to verdict: screen, fit, march the draws, judge on months not fitted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from buildings.description.calendar import DayTypes
from buildings.description.schema import Project
from buildings.retrofit.base import base_of
from buildings.retrofit.library import library_of
from buildings.retrofit.package import apply_package
from twin.calibration.error_model import blocks_like, interval, kinds_of, scaled
from twin.calibration.fit import Data, Fit, fitted
from twin.calibration.guideline14 import figures
from twin.calibration.lived import lived_through
from twin.calibration.parameters import acting, parameters, setting, values_at
from twin.calibration.screening import Screened, screened
from twin.calibration.simulated import (
    Shared,
    can_be_told,
    hourly,
    hours_of,
    march_all,
    sizes_of,
)
from twin.calibration.use_hours import HoursOfUse, unlike, with_hours_of_use
from twin.crew import Crew
from twin.meters.measured import Measured
from twin.project import Loaded
from weather.errors import TwinError

FloatArray = NDArray[np.float64]
Progress = Callable[[str, float], None]
DRAWS = 40
SHARE = 0.9
_LEAST_HOURS = 24 * 28


@dataclass(frozen=True)
class Calibrated:
    """What came of a calibration.

    Attributes
    ----------
    loaded : Loaded
        As it was described.
    shared : Shared
    screened : Screened
    fit : Fit
    values : dict of str to float
        Of the calibrated project: the most likely.
    draws : DataFrame, shape (draws, parameters)
        The posterior.
    measured : DataFrame, shape (n, series)
        On the hours of the year.
    before, after, low, high : DataFrame
        As described, as calibrated, and the interval of 90 % of the hours.
    held_out : ndarray of bool, shape (n,)
        Hours that the fit did not see.
    figures : dict
        By series: `before` and `after` on the hours held out, `coverage`.
    warnings : list of dict
        What the meters cannot tell, `zh` and `en`.
    retrofit : dict or None
        Saving of a package with its range.
    weather : dict of str to int
        Hours of measured weather that was marched on, by point; what is not there is the project's own.
    hours_of_use : HoursOfUse or None
        Timetable of lights and plugs that was learnt.
    form_error : float
        Relative scatter of measured over modelled energy of the months held out.
    """

    loaded: Loaded
    shared: Shared
    screened: Screened
    fit: Fit
    values: dict[str, float]
    draws: pd.DataFrame
    measured: pd.DataFrame
    before: pd.DataFrame
    after: pd.DataFrame
    low: pd.DataFrame
    high: pd.DataFrame
    held_out: NDArray[np.bool_]
    figures: dict[str, dict[str, Any]]
    warnings: list[dict[str, str]]
    retrofit: dict[str, Any] | None
    weather: dict[str, int]
    form_error: float
    hours_of_use: HoursOfUse | None = None


def calibrated(
    loaded: Loaded,
    measured: Measured,
    crew: Crew,
    progress: Progress,
    *,
    held_out: Sequence[int] | None = None,
    package: Sequence[str] = (),
    seed: int = 0,
    bayesian: bool = True,
    hours_of_use: bool = False,
) -> Calibrated:
    """Calibrate a project of one building.

    Parameters
    ----------
    loaded : Loaded
        Of the measured year; its weather stays where the meters hold none of a station.
    measured : Measured
        Hourly.
    crew : Crew
    progress : callable
        Told the stage and the share that is done.
    held_out : sequence of int, optional
        Months that are not fitted; default every second one that was measured.
    package : sequence of str
        Measures whose saving is told with its range.
    seed : int
    bayesian : bool
        False gives least squares, without ranges.
    hours_of_use : bool
        Whether the timetable of lights and plugs is learnt from the fitted months before the fit.

    Raises
    ------
    TwinError
        A project or meters that cannot be calibrated.
    """
    project = hourly(loaded.project)
    if len(project.buildings) != 1:
        raise TwinError(
            f"the project has {len(project.buildings)} buildings.",
            "Calibrate one building at a time.",
            key="buildings",
            zh=(f"项目有 {len(project.buildings)} 栋楼。", "请逐栋校准。"),
        )
    loaded, weather = lived_through(loaded, measured)
    climate = loaded.climate
    times = hours_of(climate, project)
    zones = [zone.name for zone in base_of(project.buildings[0]).building.zones]
    table = _on_hours(measured, times, zones)
    months = times.month.to_numpy()
    apart = _held_out(table, months, held_out)
    sizes = sizes_of(project, climate)
    library = library_of(project) if package else None
    if library is not None:
        apply_package(project, package, library)
    shared = Shared(project, climate, sizes, tuple(map(str, table.columns)))
    values = table.to_numpy(float)
    to_fit, to_judge = (np.where(out[:, None], np.nan, values) for out in (apart, ~apart))
    described, learnt = shared, None
    if hours_of_use:
        progress("hours of use", 0.0)
        used, learnt = with_hours_of_use(shared, pd.DataFrame(to_fit, times, table.columns))
        project, shared = used, replace(shared, project=used)
        loaded = replace(loaded, project=_at_step_of(used, loaded.project))
    names = acting(project, sizes)
    found = screened(
        crew, shared, names, times, np.isfinite(to_fit), seed, lambda s: progress("screening", 0.3 * s)
    )
    rest = ~DayTypes((), project.calendar).is_workday(times)
    kinds = kinds_of(times, rest)
    fitted_hours, judged_hours = (np.asarray(np.isfinite(v).any(axis=1)) for v in (to_fit, to_judge))
    blocks = blocks_like(fitted_hours, judged_hours)
    fit = fitted(
        crew,
        shared,
        found.chosen,
        [name for name in names if name not in found.chosen],
        Data(to_fit, kinds, blocks),
        seed,
        lambda s: progress("fit", 0.3 + 0.5 * s),
        bayesian=bayesian,
    )
    draws = _draws(fit, seed)
    likely = values_at(fit.names, fit.best[None, :])[0]
    centre = dict(zip(fit.names, map(float, likely), strict=True))
    told = march_all(
        crew,
        shared,
        [{}, centre, *(row for row in _rows(draws))],
        lambda s: progress("posterior", 0.8 + 0.15 * s),
    )
    if learnt is not None:
        told[0] = march_all(crew, described, [{}])[0]
    before, after = (pd.DataFrame(told[i], times, table.columns) for i in (0, 1))
    low, high = np.empty_like(values), np.empty_like(values)
    for j in range(values.shape[1]):
        sample = told[2:, :, j][np.isfinite(told[2:, :, j]).all(axis=1)]
        wide = interval(sample, kinds, fit.errors[j], SHARE, seed)
        low[:, j], high[:, j] = scaled(*wide, to_fit[:, j], fit.unseen[:, j], SHARE)
    least, most = (pd.DataFrame(one, times, table.columns) for one in (low, high))
    judged = _judged(table, before, after, least, most, apart)
    saving, form = None, form_error(table, after, apart)
    if package and library is not None:
        more = Shared(project, climate, sizes, shared.series, library, tuple(package))
        saving = _saving(crew, more, draws, told[2:], form, seed)
    progress("posterior", 1.0)
    return Calibrated(
        loaded, shared, found, fit, centre, draws, table, before, after, least, most, apart, judged,
        _warnings(fit, found.chosen) * bayesian + _hours_warned(to_fit, after, kinds, learnt), saving,
        weather, form, learnt,
    )  # fmt: skip


def _on_hours(measured: Measured, times: pd.DatetimeIndex, zones: Sequence[str]) -> pd.DataFrame:
    """Columns that a march tells, on the hours of the project's year."""
    table = measured.table
    if measured.step != pd.Timedelta(hours=1):
        raise TwinError("the meters are not hourly.", "Read them with step: 60 min.", key="step")
    if {"grid_import_kw", "grid_export_kw"} <= set(table.columns) and "net_import_kw" not in table:
        net = table["grid_import_kw"] - table["grid_export_kw"]
        table = table.assign(net_import_kw=net).drop(columns=["grid_import_kw", "grid_export_kw"])
    usable = [str(name) for name in table.columns if can_be_told(zones, str(name))]
    if not usable:
        raise TwinError(
            f"nothing of what was measured ({', '.join(map(str, table.columns))[:200]}) is told by a march.",
            "Map a meter of power, or the air temperature of a zone by the project's name of it.",
            key="meters",
            zh=("计量中没有模型能给出的量。", "请映射电力表，或以项目中的房间名映射室温。"),
        )
    own = table[usable].tz_convert(times.tz).reindex(times)
    hours = int(own.notna().any(axis=1).sum())
    if hours < _LEAST_HOURS:
        years = sorted({int(year) for year in pd.DatetimeIndex(table.index).year})
        raise TwinError(
            f"{hours} hours were measured in the project's year {times[0].year} (meters: {years}).",
            f"Give {_LEAST_HOURS} hours or more, and the project the year and weather of the meters.",
            key="year",
            zh=(
                f"项目年份 {times[0].year} 内只有 {hours} 小时计量数据（计量年份：{years}）。",
                f"请给出至少 {_LEAST_HOURS} 小时，并让项目采用计量年份的日历与气象。",
            ),
        )
    return own


def _held_out(table: pd.DataFrame, months: NDArray[Any], asked: Sequence[int] | None) -> NDArray[np.bool_]:
    known = np.unique(months[table.notna().any(axis=1).to_numpy()])
    chosen = np.asarray(asked if asked is not None else known[1::2], dtype=int)
    apart = np.isin(months, chosen)
    fit, out = table[~apart].notna().sum().min(), table[apart].notna().sum().min()
    if fit < _LEAST_HOURS // 2 or out == 0:
        raise TwinError(
            f"{fit} hours are left for the fit and {out} to judge it.",
            "Hold out other months, or measure longer.",
            key="--hold-out",
            zh=(f"可拟合 {fit} 小时，可检验 {out} 小时。", "请保留其他月份，或加长计量。"),
        )
    return apart


def _draws(fit: Fit, seed: int) -> pd.DataFrame:
    """Draws of the posterior that are marched."""
    rng = np.random.default_rng([seed, 7])
    picked = fit.shares[rng.choice(len(fit.shares), min(DRAWS, len(fit.shares)), replace=False)]
    return pd.DataFrame(values_at(fit.names, picked), columns=list(fit.names))


def _rows(draws: pd.DataFrame) -> list[Mapping[str, float]]:
    return [{str(name): float(value) for name, value in row.items()} for _, row in draws.iterrows()]


def _judged(
    table: pd.DataFrame,
    before: pd.DataFrame,
    after: pd.DataFrame,
    low: pd.DataFrame,
    high: pd.DataFrame,
    apart: NDArray[np.bool_],
) -> dict[str, dict[str, Any]]:
    found = {}
    for name in table.columns:
        own = table.loc[apart, name]
        inside = (own >= low.loc[apart, name]) & (own <= high.loc[apart, name])
        known = own.notna()
        found[str(name)] = {
            "before": figures(own, before.loc[apart, name]),
            "after": figures(own, after.loc[apart, name]),
            "fitted": figures(table.loc[~apart, name], after.loc[~apart, name]),
            "coverage": float(inside[known].mean()),
        }
    return found


def _warnings(fit: Fit, felt: Sequence[str]) -> list[dict[str, str]]:
    """What the meters feel and do not tell: parameters as wide as before, pairs known only together."""
    said, priors = [], parameters()
    uniform = 1.0 / np.sqrt(12.0)
    widths = fit.shares.std(axis=0) / uniform
    for name, width in zip(felt, widths[: len(felt)], strict=True):
        if width > setting("identifiability", "width"):
            said.append(
                {
                    "zh": f"计量数据几乎没有说明“{priors[name]['name_zh']}”：后验宽度是先验的 {width:.0%}。",
                    "en": f"The meters hardly tell the {priors[name]['name_en']}: "
                    f"its posterior is {width:.0%} as wide as its prior.",
                }
            )
    matrix = np.atleast_2d(np.corrcoef(fit.shares.T))
    for i, one in enumerate(felt):
        for j in range(i):
            if abs(matrix[i, j]) > setting("identifiability", "correlation"):
                other = felt[j]
                said.append(
                    {
                        "zh": f"“{priors[one]['name_zh']}”与“{priors[other]['name_zh']}”的相关系数为 "
                        f"{matrix[i, j]:+.2f}：只知道其组合。",
                        "en": f"{priors[one]['name_en']} and {priors[other]['name_en']} correlate by "
                        f"{matrix[i, j]:+.2f}: only their combination is known.",
                    }
                )
    return said


def _at_step_of(project: Project, other: Project) -> Project:
    """A project that was made hourly, at the step and with the call of another."""
    return project.model_copy(update={"timestep": other.timestep, "event": other.event})


def _hours_warned(
    fitted: FloatArray, after: pd.DataFrame, kinds: NDArray[np.int_], learnt: HoursOfUse | None
) -> list[dict[str, str]]:
    """Whether the mean days are unlike those that were measured, where their hours were not learnt."""
    if learnt is not None or not {"net_import_kw", "grid_import_kw"} & set(after.columns):
        return []
    j = next(k for k, name in enumerate(after.columns) if name in ("net_import_kw", "grid_import_kw"))
    off = unlike(fitted[:, j], after.iloc[:, j].to_numpy(float), kinds % 48)
    if off < setting("hours_of_use", "unlike"):
        return []
    return [
        {
            "zh": f"平均日曲线与实测相差 {off:.0%}：使用时间与描述不同，可加 --hours-of-use 由计量学习。",
            "en": f"The mean days are {off:.0%} off those measured: the building is used at other hours than "
            "described; --hours-of-use learns them from the meter.",
        }
    ]


def _saving(
    crew: Crew,
    shared: Shared,
    draws: pd.DataFrame,
    before: FloatArray,
    form: float,
    seed: int,
) -> dict[str, Any]:
    """Saving of a package under every draw; what the model itself misses is a relative error of it."""
    name = _metered(shared.series)
    j = shared.series.index(name)
    done = march_all(crew, shared, _rows(draws))
    saved = before[:, :, j].sum(axis=1) - done[:, :, j].sum(axis=1)
    rng = np.random.default_rng([seed, 11])
    kept = saved[np.isfinite(saved)]
    whole = rng.choice(kept, 4000) * (1.0 + form * rng.normal(size=4000))
    return {
        "package": list(shared.package),
        "series": name,
        "saving_kwh": {f"p{p}": float(np.percentile(whole, p)) for p in (5, 50, 95)},
        "of_kwh": float(np.nanmean(before[:, :, j].sum(axis=1))),
        "form_error": form,
        "draws": len(kept),
    }


def _metered(series: Sequence[str]) -> str:
    """The series that stands for the building's energy."""
    return next((n for n in ("net_import_kw", "grid_import_kw") if n in series), series[0])


def form_error(table: pd.DataFrame, after: pd.DataFrame, apart: NDArray[np.bool_]) -> float:
    """What the model misses whatever its parameters: scatter of measured over modelled energy by month.

    Parameters
    ----------
    table, after : DataFrame, shape (n, series)
        Measured and as calibrated.
    apart : ndarray of bool, shape (n,)
        Hours that were not fitted.

    Returns
    -------
    float
        Root mean square of the monthly ratios less one; 0 where no power was measured.
    """
    name = _metered([str(one) for one in table.columns])
    if not name.endswith("_kw"):
        return 0.0
    own, model = table.loc[apart, name], after.loc[apart, name]
    month = pd.DatetimeIndex(own.index).month
    known = own.notna()
    ratio = own[known].groupby(month[known]).sum() / model[known].groupby(month[known]).sum()
    return float(np.sqrt(((ratio - 1.0) ** 2).mean()))
