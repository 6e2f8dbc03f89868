"""Words of a forecast, Chinese and English."""

from __future__ import annotations

LABELS: dict[str, tuple[str, str, str]] = {
    "net_kw": ("净取电", "Net import", "kW"),
    "load_kw": ("用电负荷（含充电）", "Load with vehicles", "kW"),
    "pv_kw": ("光伏出力", "PV", "kW"),
    "room_c": ("平均室温", "Mean room air", "°C"),
    "down": ("可持续一小时的下调能力", "Less import for an hour", "kW"),
    "up": ("可持续一小时的上调能力", "More import for an hour", "kW"),
    "temp_air": ("室外气温", "Outdoor air", "°C"),
    "ghi": ("水平面总辐照度", "Global irradiance", "W/m²"),
}
"""By what is forecast: label, label, unit."""
SCORES: dict[str, tuple[str, str]] = {
    "twin": ("孪生（含自身误差）", "twin, with its own errors"),
    "weather_only": ("孪生（仅天气不确定性）", "twin, weather alone"),
    "persistence": ("持续性预测", "persistence"),
    "boosting": ("梯度提升树", "gradient boosting"),
}
ASSUMED: tuple[tuple[str, str], ...] = (
    (
        "天气误差取公开的预报检验统计，气温与辐照误差相互独立；风、气压与含湿量取气候年。",
        "Errors of the weather are published skill, those of temperature and sun independent of each other; "
        "wind, pressure and moisture are the climate year's.",
    ),
    (
        "未给出计量数据时，区间只含天气不确定性，人员作息按日历已知。",
        "Without meters bands hold the weather's uncertainty alone; people keep to the calendar.",
    ),
    (
        "孪生自身误差由起始时刻之前的计量残差统计，只加在负荷与净取电上。",
        "The twin's own errors come from residuals of the meters before the start; load and net import carry "
        "them.",
    ),
)
"""What every forecast rests on."""
