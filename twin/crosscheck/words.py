"""Chinese and English words of a crosscheck."""

from __future__ import annotations

from twin.crosscheck.targets import Judged
from twin.report.style import Language, pick

ENGINES: tuple[tuple[str, str], tuple[str, str]] = (("快速引擎", "Fast engine"), ("EnergyPlus", "EnergyPlus"))
COLOURS = ("#1D5B99", "#B45309")
"""Fast engine, EnergyPlus."""

LOADS: dict[str, tuple[str, str]] = {
    "heating": ("显热供暖", "Sensible heating"),
    "cooling": ("显热供冷", "Sensible cooling"),
    "latent": ("潜热供冷（除湿）", "Latent cooling (moisture)"),
}

TARGETS: dict[str, tuple[str, str]] = {
    "annual_heating": ("全年显热供暖", "Annual sensible heating"),
    "annual_cooling": ("全年显热供冷", "Annual sensible cooling"),
    "annual_latent": ("全年潜热", "Annual latent load"),
    "peak_heating": ("供暖峰值", "Peak heating"),
    "peak_cooling": ("供冷峰值", "Peak cooling"),
    "cv_rmse_heating": ("逐时供暖 CV(RMSE)", "Hourly CV(RMSE) of heating"),
    "cv_rmse_cooling": ("逐时供冷 CV(RMSE)", "Hourly CV(RMSE) of cooling"),
    "free_float": ("自由浮动温度 RMSE", "Free-float temperature RMSE"),
}

VERDICTS: dict[str, tuple[str, str]] = {
    "pass": ("达到目标", "within target"),
    "fail": ("未达到", "outside target"),
    "not_judged": ("未判定", "not judged"),
}

NOTES: dict[str, tuple[str, str]] = {
    "": ("", ""),
    "within_absolute": ("按绝对差达到", "by the absolute difference"),
    "negligible": ("负荷可忽略", "load negligible"),
}


def verdict_words(said: Judged, language: Language) -> str:
    """A verdict with the reason where it is not the plain limit."""
    words, note = pick(language, *VERDICTS[said.verdict]), pick(language, *NOTES[said.note])
    return f"{words}{pick(language, '：', ': ')}{note}" if note else words


def value_text(said: Judged) -> str:
    """Signed figure of a verdict with its unit."""
    if said.value is None:
        return "—"
    signed = (
        f"{said.value:+z.1f}" if said.unit == "%" and not said.key.startswith("cv_") else f"{said.value:.2f}"
    )
    if said.key.startswith("cv_"):
        signed = f"{said.value:.1f}"
    return f"{signed} {said.unit}"
