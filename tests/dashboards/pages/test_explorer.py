"""The explorer's choices and what its script is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dash import Dash

import dashboards
from dashboards.words import catalogue

Asked = Callable[..., str]
_SCRIPT = (Path(dashboards.__file__).parent / "assets" / "explorer.js").read_text("utf-8")


def _found(text: str, name: str) -> dict[str, Any]:
    """Properties of the component of that id."""

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            if part.get("id") == name:
                return part
            part = list(part.values())
        found = (walk(one) for one in part) if isinstance(part, list) else ()
        return next((one for one in found if one is not None), None)

    found: dict[str, Any] = walk(json.loads(text))
    return found


def test_a_run_opens_with_what_it_has(pages: Dash, asked: Asked) -> None:
    text = asked(pages, "shell.children", "/zh/explorer", "?explorer-run=plain")
    told = _found(text, "explorer-told")["data"]
    assert told["run"] == "plain"
    assert told["labels"]["temp_air_c"] | {"meaning": ""} == {
        "label": "室内空气温度", "unit": "°C", "plain": "°C", "colour": "#E76F51", "kind": "state",
        "scope": "zone", "meaning": "",
    }  # fmt: skip
    shown = _found(text, "explorer-variables")["value"]
    assert "grid_import_kw" in shown
    assert "battery_soc" not in shown  # it has none
    assert _found(text, "explorer-zones")["value"][0] == "hall"  # nobody uses the store room


def test_the_address_keeps_every_choice(pages: Dash, asked: Asked) -> None:
    query = quote(
        "?explorer-run=demo/pedf 上海&explorer-over=plain&explorer-variables=people|dni|nonsense", "?=&/"
    )
    text = asked(pages, "shell.children", "/en/explorer", query)
    assert _found(text, "explorer-run")["value"] == "demo/pedf 上海"
    assert _found(text, "explorer-over")["value"] == "plain"
    assert _found(text, "explorer-variables")["value"] == ["people", "dni"]


def test_another_run_keeps_what_it_has_too(pages: Dash, asked: Asked) -> None:
    variables = ["battery_soc", "people", "pv_kw"]
    found = json.loads(
        asked(pages, "explorer-told.data", "plain", ["store", "nowhere"], variables, "/en/explorer")
    )
    answer = found["response"]
    assert answer["explorer-told"]["data"]["run"] == "plain"
    assert answer["explorer-variables"]["value"] == ["people", "pv_kw"]
    assert answer["explorer-zones"]["value"] == ["store"]


def test_a_run_that_is_not_there_is_told(pages: Dash, asked: Asked) -> None:
    assert "no Run called" in asked(pages, "shell.children", "/en/explorer", "?explorer-run=nothing")


def test_every_word_that_the_script_says_is_in_the_catalogue() -> None:
    said = set(re.findall(r"(?:said|words)\.([a-z_]+)", _SCRIPT)) - {"error", "split"}
    said |= set(re.findall(r"const names = \[(.*?)\];", _SCRIPT)[0].replace('"', "").split(", "))
    assert {"cursor", "days", "lost", "mean", "csv_time"} <= said
    assert said - {"engine"} <= set(catalogue("explorer"))
