"""The pages, in the order of the navigation. A new page is a module here and a line below."""

from __future__ import annotations

from dashboards.pages import (
    calibration,
    call,
    console,
    crosscheck,
    explorer,
    forecast,
    home,
    live,
    model,
    owner,
    projects,
    retrofit,
    runs,
    weather,
    work,
)
from dashboards.pages.page import Page

PAGES: tuple[Page, ...] = (
    home.PAGE,
    projects.PAGE,
    model.PAGE,
    weather.PAGE,
    runs.PAGE,
    explorer.PAGE,
    retrofit.PAGE,
    crosscheck.PAGE,
    calibration.PAGE,
    owner.PAGE,
    call.PAGE,
    console.PAGE,
    live.PAGE,
    forecast.PAGE,
    work.PAGE,
)


def page_of(path: str) -> Page | None:
    """The page of an address below the language; None where there is none."""
    return next((page for page in PAGES if page.path == path), None)
