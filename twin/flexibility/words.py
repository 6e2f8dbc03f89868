"""Names of sources and directions: what tables, figures and pages call them, English and Chinese."""

from __future__ import annotations

from twin.flexibility.envelope import BUILDING, RESERVE

LABELS = {
    "battery": ("battery", "电池"),
    "vehicles": ("vehicles", "电动汽车"),
    "mass": ("thermal mass", "建筑热惯性"),
    "tank": ("hot-water tank", "热水罐"),
    "lighting": ("lighting", "照明"),
    RESERVE: ("reserve: lights", "备用照明"),
    BUILDING: ("building", "整栋建筑"),
    "down": ("less import", "下调"),
    "up": ("more import", "上调"),
}
