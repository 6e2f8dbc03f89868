"""Take the picture of the README: one Chromium screenshot of the demo's figures.

    python tests/browser/take_picture.py RUNS PICTURE.png [zh|en]

RUNS is the folder that `twin demo` wrote. It lives beside the browser tests because it needs their browser.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import plotly.offline
from playwright.sync_api import sync_playwright
from plotly.io.json import to_json_plotly

from twin.report.figures import annual_bars, carpet
from twin.report.style import FONT, Language, config, unframed
from twin.store import Run, RunStore

DEMO = ("shanghai_office_2005", "shanghai_office_nearly_zero", "shanghai_office_pedf")
WIDTH = 1100


def write_picture(runs: Sequence[Run], path: str | Path, language: Language = "en") -> Path:
    """Write a PNG: intensities of all Runs, and the carpets of the first and the last.

    Parameters
    ----------
    runs : sequence of Run
        Judged, at least two.
    path : path-like
    language : {"zh", "en"}
    """
    target = Path(path)
    parts, calls = [], []
    for k, figure in enumerate((annual_bars(runs, language), carpet([runs[0], runs[-1]], language))):
        framed = unframed(figure)
        height = framed.figure["layout"]["height"]
        parts.append(f"<h3>{framed.title}</h3><div id='f{k}' style='height:{height:.0f}px'></div>")
        drawn = to_json_plotly({**framed.figure, "config": {**config(language), "displayModeBar": False}})
        calls.append(f"Plotly.newPlot('f{k}', {drawn.replace('<', chr(92) + 'u003c')})")
    html = (
        f"<meta charset=utf-8><style>body{{margin:0;padding:10px 18px 4px;font-family:{FONT};color:#1f2933}}"
        f"h3{{font-size:17px;margin:8px 0 0}}</style>{''.join(parts)}"
        f"<script>{plotly.offline.get_plotlyjs()}</script>"
        f"<script>Promise.all([{','.join(calls)}]).then(() => document.title = 'drawn')</script>"
    )
    browser_path = shutil.which("chromium") or shutil.which("chromium-browser")
    if browser_path is None:
        raise SystemExit("Chromium is missing; run `make system`.")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(
            executable_path=browser_path, args=["--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"]
        )
        page = browser.new_page(viewport={"width": WIDTH, "height": 400}, device_scale_factor=1.5)
        page.set_content(html)
        page.wait_for_function("document.title === 'drawn'")
        target.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(target), full_page=True)
        browser.close()
    return target


if __name__ == "__main__":
    store = RunStore(sys.argv[1])
    chosen: Language = "zh" if sys.argv[3:] == ["zh"] else "en"
    written = write_picture([store.open(name) for name in DEMO], sys.argv[2], chosen)
    sys.stdout.write(json.dumps({"picture": str(written), "bytes": written.stat().st_size}) + "\n")
