"""The page of a calibration in both languages: before and after, posterior, residuals, months."""

from __future__ import annotations

from twin.calibration import figures
from twin.calibration.lived import weather_said
from twin.calibration.reading import StoredCalibration
from twin.report.frame import Block, Body, framed_page
from twin.report.style import Language, pick
from twin.report.tables import escape


def calibration_page(found: StoredCalibration) -> str:
    """The whole page."""
    return framed_page(found.told["project"], lambda language: _body(found, language))


def _body(found: StoredCalibration, language: Language) -> Body:
    name = pick(language, found.told["project_zh"], found.told["project"])
    series = found.series[0]
    by = figures.residuals_by_hour, figures.residuals_by_temperature
    residuals = [drawn for drawn in (make(found, series, language) for make in by) if drawn is not None]
    blocks = [
        Block("figures", pick(language, "准则 14 指标", "Guideline 14"), _figures(found, language)),
        Block(
            "months", pick(language, "逐月", "Months"), "", [figures.months(found, series, language)]
        ),
        Block("week", pick(language, "一周", "A week"), "", [figures.week(found, series, language)]),
        Block("posterior", pick(language, "后验", "Posterior"), _warned(found, language),
              [figures.posterior(found, language)]),
        Block("residuals", pick(language, "残差", "Residuals"), "", residuals),
    ]  # fmt: skip
    use = figures.hours_of_use(found, language)
    if use is not None:
        blocks.insert(3, Block("use", pick(language, "使用时间", "Hours of use"), "", [use]))
    lead = pick(
        language,
        "指标只用拟合时未见过的月份；区间由后验样本与残差共同给出。",
        "Figures are of months that the fit did not see; intervals hold posterior and residuals.",
    )
    lived = weather_said(found.told["weather"]["measured_hours"])[language]
    intro = f"<p>{escape(lead)}</p><p>{escape(lived)}</p>"
    return Body(pick(language, f"{name}：校准", f"{name}: calibration"), intro, blocks, "")


def _figures(found: StoredCalibration, language: Language) -> str:
    heads = ["", "NMBE", "CV(RMSE)", "NMBE", "CV(RMSE)", pick(language, "限值", "limits"),
             pick(language, "90 % 区间覆盖", "90 % interval covers")]  # fmt: skip
    rows = []
    for name, told in found.told["figures"].items():
        for kind, words in (("hourly", ("逐时", "hourly")), ("monthly", ("逐月", "monthly"))):
            before, after = told["before"][kind], told["after"][kind]
            cells = [f"{name}, {pick(language, *words)}"]
            cells += [f"{one[key]:.1f} %" for one in (before, after) for key in ("nmbe", "cv_rmse")]
            cells.append(f"{after['nmbe_limit']:g} / {after['cv_rmse_limit']:g} %")
            cells.append(f"{100.0 * told['coverage']:.1f} %" if kind == "hourly" else "")
            rows.append(cells)
    said = pick(
        language, "前两列：按描述；后两列：校准后。", "First pair: as described; second: as calibrated."
    )
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<p>{escape(said)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _warned(found: StoredCalibration, language: Language) -> str:
    parts = "".join(f"<li>{escape(one[language])}</li>" for one in found.told["warnings"])
    more = ""
    if found.told["retrofit"] is not None:
        span = found.told["retrofit"]["saving_kwh"]
        more = "<p>" + escape(
            pick(language, "改造节电", "Saving of the retrofit")
            + f" ({', '.join(found.told['retrofit']['package'])}): {span['p50']:,.0f} kWh "
            + f"({span['p5']:,.0f} ... {span['p95']:,.0f}, 90 %)"
        ) + "</p>"  # fmt: skip
    return (f"<ul>{parts}</ul>" if parts else "") + more
