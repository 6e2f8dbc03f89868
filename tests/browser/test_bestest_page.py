"""The page of BESTEST in a real browser, from a file."""

from __future__ import annotations

from typing import Any

import pytest

from twin.validation.bestest_page import write_bestest_page
from twin.validation.reference import references
from twin.validation.verdicts import compare

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """EnergyPlus' own values as ours."""
    own = {(r.case, r.quantity): r.energyplus for r in references()}
    own |= {(case, "annual_heating"): 0.0 for case in ("650", "950")}
    results, judged = compare(own)
    file = tmp_path_factory.mktemp("page") / "检验.html"
    return write_bestest_page(results, judged, file, standard_weather=True).as_uri()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("范围之外", "全年供热 · 600 系列（轻质） (MWh)", "未证实")),
        ("en", ("Outside the range", "Annual heating · 600 series, low mass (MWh)", "unverified")),
    ],
)
def test_every_chart_is_drawn_and_nothing_is_asked_for(
    request: pytest.FixtureRequest, address: str, language: str, words: tuple[str, ...]
) -> None:
    witness: Any = request.getfixturevalue("witness" if language == "zh" else "english_witness")
    page = witness.page
    page.goto(address)
    page.wait_for_selector("html[data-ready=yes]")
    page.wait_for_function(
        """language => [...document.querySelectorAll(`.body.${language} .plot`)]
            .every(div => div.querySelector('.main-svg'))""",
        arg=language,
    )
    # Four load quantities in five groups of cases, three temperatures in one each.
    assert page.locator(f".body.{language} .plot:visible").count() == 4 * 5 + 3
    assert page.locator(f"#outside-{language} tbody tr").count() == 14
    assert page.locator(f"#all-{language} tbody tr").count() == 201
    assert page.locator(f"#limits-{language} tbody tr").count() == 42
    text = page.inner_text(f".body.{language}")
    assert all(word in text for word in words)
    assert "187 / 201" in text
    assert witness.said == []
    assert witness.outside() == []
