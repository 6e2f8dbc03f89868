"""Figures of a study for the screen."""

from __future__ import annotations

import math
from typing import Any

import pytest

from retrofit_study import study
from twin.report.study.numbers import money_value
from twin.report.study.reading import Reader
from twin.report.study.screen_packages import AXES, front_of, parallel, pareto
from twin.report.study.screen_states import abatement, cash_flow_fan, end_uses, states_with_ranges, tornado


@pytest.fixture
def made() -> dict[str, Any]:
    return study()


def _points(figure: Any, name: str) -> dict[str, tuple[float, float]]:
    trace = next(t for t in figure.data if t.name == name)
    return {i: (x, y) for i, x, y in zip(trace.customdata, trace.x, trace.y, strict=True)}


@pytest.mark.parametrize(("x", "y"), [("cost_cny", "carbon_t"), ("npv_cny", "carbon_t"), ("eui", "unmet_h")])
def test_nothing_beats_the_front_and_the_front_beats_the_rest(made: dict[str, Any], x: str, y: str) -> None:
    told = [row for row in made["packages"] if row[x] is not None and row[y] is not None]
    rows = {row["id"]: (AXES[x].best * row[x], AXES[y].best * row[y]) for row in told}
    front = front_of(made, x, y)

    def beaten(one: tuple[float, float]) -> bool:
        return any(a <= one[0] and b <= one[1] and (a, b) != one for a, b in rows.values())

    assert {i for i, one in rows.items() if not beaten(one)} == set(front)
    along = [AXES[x].best * rows[i][0] for i in front]
    assert along == sorted(along)


@pytest.mark.parametrize(("language", "scale"), [("zh", 1e-4), ("en", 1e-3)])
def test_packages_stand_where_they_are_with_their_ids(
    made: dict[str, Any], language: Any, scale: float
) -> None:
    reader = Reader(made, language)
    figure = pareto(reader, "cost_cny", "carbon_t", ["p0009"])
    row = next(row for row in made["packages"] if row["id"] == "p0009")
    picked = _points(figure, {"zh": "已选", "en": "picked"}[language])
    assert picked == {"p0009": (pytest.approx(scale * row["cost_cny"]), row["carbon_t"])}
    chosen = {t.customdata[0] for t in figure.data if len(t.customdata) == 1}
    assert {state["id"] for state in made["chosen"]} <= chosen
    shown = [i for t in figure.data for i in t.customdata]
    assert set(shown) >= {row["id"] for row in made["packages"]}


def test_a_package_without_a_figure_leaves_the_axis_and_stays_on_others(made: dict[str, Any]) -> None:
    made["packages"][3]["unmet_h"] = None
    name = made["packages"][3]["id"]
    assert name not in front_of(made, "unmet_h", "carbon_t")
    assert math.isnan(AXES["unmet_h"].value(made["packages"][3], "en"))
    assert name in {i for t in pareto(Reader(made, "en"), "cost_cny", "carbon_t").data for i in t.customdata}
    assert name not in {i for t in parallel(Reader(made, "en")).data for i in t.customdata}


def test_parallel_axes_run_from_the_least_to_the_largest(made: dict[str, Any]) -> None:
    figure = parallel(Reader(made, "en"), ["p0009"])
    heights = [y for t in figure.data for y in t.y if y is not None]
    assert (min(heights), max(heights)) == (0.0, 1.0)
    assert "primary" not in " ".join(a.text for a in figure.layout.annotations)  # no package has it
    for trace in figure.data:
        assert len(trace.x) == len(trace.y) == len(trace.customdata)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_states_are_drawn_with_their_ranges(made: dict[str, Any], language: Any) -> None:
    reader = Reader(made, language)
    assert states_with_ranges(reader) is not None
    fan = cash_flow_fan(reader)
    assert fan is not None
    ends = [t for t in fan.data if t.name.endswith("P10–P90")]
    told = made["chosen"][0]["ranges"]["npv_cny"]
    assert list(ends[0].y) == [
        pytest.approx(money_value(told["p10"], language)),
        pytest.approx(money_value(told["p90"], language)),
    ]
    drawn = tornado(reader, made["chosen"][0])
    assert drawn is not None
    for trace, end in zip(drawn.data, ("low", "high"), strict=True):
        rows = {row[f"input_{language}"]: row[end] for row in made["chosen"][0]["ranges"]["tornado"]}
        for name, length in zip(trace.y, trace.x, strict=True):
            assert trace.base + length == pytest.approx(money_value(rows[name], language))
    widths = [abs(a - b) for a, b in zip(drawn.data[0].x, drawn.data[1].x, strict=True)]
    assert widths == sorted(widths, reverse=True)
    assert end_uses(reader) is not None


def test_the_curve_is_as_wide_as_the_tonnes_and_rises(made: dict[str, Any]) -> None:
    figure = abatement(Reader(made, "en"))
    assert figure is not None
    (bars,) = figure.data
    can = [row for row in made["abatement"] if row["tonnes_a"] > 0 and row["cny_per_tonne"] is not None]
    assert sum(bars.width) == pytest.approx(sum(row["tonnes_a"] for row in can))
    assert list(bars.y) == sorted(bars.y)
    assert bars.x[-1] + bars.width[-1] == pytest.approx(sum(bars.width))


def test_where_nothing_is_known_nothing_is_drawn(made: dict[str, Any]) -> None:
    made["abatement"] = []
    for state in made["chosen"]:
        state["economics"], state["ranges"] = None, None
    reader = Reader(made, "zh")
    assert abatement(reader) is None
    assert states_with_ranges(reader) is None
    assert cash_flow_fan(reader) is None
    assert tornado(reader, made["chosen"][0]) is None


def test_hostile_names_do_no_harm(made: dict[str, Any]) -> None:
    made["measures"][0]["name_en"] = "<img src=x onerror=1>"
    made["packages"][0]["keys"] = [made["measures"][0]["key"]]
    figure = pareto(Reader(made, "en"), "cost_cny", "carbon_t")
    assert "<img" not in " ".join(text for trace in figure.data for text in trace.text)
