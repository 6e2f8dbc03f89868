"""The draft plan: all sections, every figure from where it is said, and files that open again."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from buildings.description.schema import Project
from pilot_study import FULL_FACTS, office, small_study
from twin.commands.pilot import pilot_of_project
from twin.pilot.assess import assess
from twin.pilot.case import Case
from twin.pilot.cases import case_of_project, case_of_study
from twin.pilot.documents import markdown, page, word, write_drafts
from twin.pilot.draft import Draft, Table, number
from twin.pilot.plan import SECTIONS, plan_of
from twin.pilot.plan_facts import verdict_words
from twin.report.style import LANGUAGES, Language
from weather.errors import TwinError


def alone(project: Project) -> Case:
    """The case of a project without a study."""
    return case_of_project(project)


def of_study(project: Project, package: str | None = None) -> Case:
    """The case of the small study."""
    return case_of_study(project, small_study(), package)


def tables(draft: Draft, section: str) -> list[Table]:
    """Tables of a section."""
    blocks = next(one for one in draft.sections if one.key == section).blocks
    return [block for block in blocks if isinstance(block, Table)]


# --- content --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_whole_case_lacks_nothing_but_its_adoption(language: Language) -> None:
    draft = plan_of(of_study(office(**FULL_FACTS)), language)
    assert [one.key for one in draft.sections] == [key for key, _, _ in SECTIONS]
    rows = {row[0]: row for row in tables(draft, "indicators")[0].rows}
    carbon = rows["年碳排放（物理口径）" if language == "zh" else "Yearly emissions (physical account)"]
    assert carbon[2:] == ("1,000", "400", "office-as-it-is → office-p0002")
    rate = rows["创建期内减排率" if language == "zh" else "Reduction rate in the creation period"]
    assert rate[3] == "60.0 %"
    size = rows["光伏装机" if language == "zh" else "PV capacity"]
    assert size[1:4] == ("kWp", "0", "200")
    (particulars, *_) = tables(draft, "facts")
    assert ("2027–2029") in [row[1] for row in particulars.rows]
    text = markdown(draft)
    lacking = "待补充" if language == "zh" else "to be supplied"
    body, _, annex = text.partition("## 附：" if language == "zh" else "## Annex")
    inside = [line for line in body.splitlines() if lacking in line]
    assert inside == []
    told = [line for line in annex.splitlines() if line.startswith("- ")]
    assert any("N4" in line for line in told)  # stated without a sentence
    assert len(told) == 2 + 4  # adoption and N4; four checks before applying


def test_systems_that_are_there_are_told_and_not_counted() -> None:
    project = office("shanghai_office_pedf", type="building")
    case = of_study(project, "p0001")
    assert [field.key for field in case.assessment.fields if field.covered] == ["urban_rural_construction"]
    text = markdown(plan_of(case, "en"))
    assert "photovoltaics (270 kWp)" in text.partition("2. Footing")[2].partition("## 3.")[0]
    assert "does not count" in text


def test_money_in_both_languages_with_what_does_not_exist() -> None:
    case = of_study(office(**FULL_FACTS))
    chinese = {row[0]: row[1:] for row in tables(plan_of(case, "zh"), "money")[0].rows}
    english = {row[0]: row[1:] for row in tables(plan_of(case, "en"), "money")[0].rows}
    assert chinese["总投资"][0] == "456 万元"
    assert english["Capital"][0] == "4,560,000 CNY"
    assert chinese["内部收益率"][0] == "无"
    assert english["Internal rate of return"][0] == "none"
    assert chinese["净现值"] == ("-12.35 万元", "-90 万元 – 70 万元")
    works = {row[0]: row[1:] for row in tables(plan_of(case, "en"), "money")[1].rows}
    assert works["Wall insulation 150 mm"] == ("wall insulation 5,200 m²", "1,140,000 CNY")


def test_without_a_study_no_figure_is_invented() -> None:
    draft = plan_of(alone(office("shanghai_office_pedf", goal="carbon_peak")), "en")
    rows = {row[0]: row for row in tables(draft, "indicators")[0].rows}
    for name, row in rows.items():
        if name not in ("PV capacity", "Storage"):
            assert (row[2], row[3]) in {("to be supplied",) * 2, ("—", "to be supplied")}, name
    assert rows["PV capacity"][2:4] == ("to be supplied", "270")
    assert "to be supplied" in markdown(draft).partition("7. Investment")[2].partition("## 8.")[0]


def test_the_schedule_stays_in_the_period_and_leaves_no_gap() -> None:
    case = of_study(office(**FULL_FACTS))
    rows = tables(plan_of(case, "en"), "schedule")[1].rows
    assert rows[0][0] == "2027 Q1–2027 Q2"
    assert rows[-2][0] == "2029 Q4"
    spans = [re.findall(r"(\d{4}) Q(\d)", row[0]) for row in rows]
    numbers = [[4 * (int(y) - 2027) + int(q) for y, q in span] for span in spans]
    assert all(1 <= one <= 12 for span in numbers for one in span)
    working = [(span[0], span[-1]) for span in numbers[:4]]  # preparation and three groups follow each other
    assert all(later[0] == earlier[1] + 1 for earlier, later in pairwise(working))


@pytest.mark.parametrize("years", [1, 2, 3, 4, 5])
def test_every_length_of_period_has_a_schedule(years: int) -> None:
    facts = {**FULL_FACTS, "period": {"start": 2027, "years": years}}
    rows = tables(plan_of(of_study(office(**facts)), "en"), "schedule")[1].rows
    found = [int(y) for row in rows for y in re.findall(r"(\d{4}) Q", row[0])]
    assert (min(found), max(found)) == (2027, 2027 + years - 1)


def test_a_neutral_pilot_shows_its_stages_and_their_rules() -> None:
    facts = {
        **FULL_FACTS,
        "goal": "carbon_neutral",
        "stages": [{"years": 3, "target": "60 %"}, {"years": 4, "target": "100 %", "text": "All of it"}],
    }
    draft = plan_of(of_study(office(**facts)), "en")
    stages = tables(draft, "schedule")[0].rows
    assert [row[:3] for row in stages] == [("1", "2027–2029", "60.0 %"), ("2", "2030–2033", "100.0 %")]
    assert stages[1][3] == "All of it"
    assert "technical specification" in markdown(draft)


def test_rounding_never_puts_a_miss_on_the_limit() -> None:
    found = assess(None, 19_999.96, {"E1": ["pv"]})
    area = found.of("building").verdicts[0]
    what, value, limit, said, _ = verdict_words(area, "en")
    assert (value, limit) == ("19,999.96 m²", "≥ 20,000 m²")
    assert said == "not met"
    assert what == "Building: gross floor area"


def test_a_share_is_told_in_percent() -> None:
    facts = office(type="enterprise_institution", emissions={"baseline": 10_200, "further_reduction": 5_100})
    rate = alone(facts).judged.verdicts[0]
    assert verdict_words(rate, "zh")[1:3] == ["50 %", "> 50 %"]
    assert rate.status == "fail"


# --- files ----------------------------------------------------------------------------------------------

BROKEN = re.compile(r"\bNone\b|\bnan\b|\binf\b|\{\w+\}|\[object")


def docx_text(content: bytes) -> str:
    """All text of a Word file, opened anew."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell.text for grid in document.tables for row in grid.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


class Reader(HTMLParser):
    """Text of a page, and whether its elements close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def html_text(text: str) -> str:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return "".join(reader.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("whole", [True, False])
def test_every_file_holds_every_section_and_no_empty_word(
    language: Language, whole: bool, tmp_path: Path
) -> None:
    case = of_study(office(**FULL_FACTS)) if whole else alone(office(goal="carbon_neutral"))
    draft = plan_of(case, language)
    paths = {path.suffix: path for path in write_drafts([draft], tmp_path / "方案")}
    assert sorted(one.name for one in (tmp_path / "方案").iterdir()) == [
        f"pilot_plan_{language}{ending}" for ending in (".docx", ".html", ".md")
    ]
    texts = {
        "docx": docx_text(paths[".docx"].read_bytes()),
        "html": html_text(paths[".html"].read_text("utf-8")),
        "md": paths[".md"].read_text("utf-8"),
    }
    for kind, text in texts.items():
        assert not BROKEN.search(text), kind
        for section in draft.sections:
            assert section.title in text, kind
        for block in (block for section in draft.sections for block in section.blocks):
            if isinstance(block, Table) and kind != "md":
                assert all(cell in text for row in block.rows for cell in row), kind
    assert "http" not in paths[".html"].read_text("utf-8").replace("http-equiv", "")


def test_the_word_file_names_chinese_fonts_and_repeats_heads() -> None:
    document = docx.Document(io.BytesIO(word(plan_of(alone(office(goal="carbon_peak")), "zh"))))
    for name, font in (("Normal", "宋体"), ("Heading 1", "黑体"), ("Title", "黑体")):
        fonts = document.styles[name].element.rPr.rFonts
        assert fonts.get(qn("w:eastAsia")) == font
        assert fonts.get(qn("w:eastAsiaTheme")) is None
    tongues = {one.get(qn("w:eastAsia")) for one in document.styles.element.iter(qn("w:lang"))}
    assert tongues == {"zh-CN"}
    assert document.core_properties.comments == ""
    for grid in document.tables:
        assert grid.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None


@pytest.mark.long
@settings(max_examples=30)
@given(text=st.text(min_size=1, max_size=60))
def test_what_a_user_writes_breaks_no_document(text: str) -> None:
    facts = {"planned": [{"item": "T3", "text": f"x{text}"}], "basis": {"advantage": f"x{text}"}}
    try:
        project = office(applicant=f"x{text}", **facts)
    except ValueError:
        return  # refused before anything is written
    draft = plan_of(alone(project), "en")
    said = next(
        line for one in draft.sections if one.key == "basis" for line in [one.blocks[0].text]
    ).partition(": ")[2]  # fmt: skip
    assert said in html_text(page(draft))
    assert said in docx_text(word(draft))
    assert markdown(draft).count("\n## ") == len(SECTIONS)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "to be supplied"),
        (float("nan"), "to be supplied"),
        (True, "to be supplied"),
        ("7", "to be supplied"),
        (0, "0"),
        (1234567.8, "1,234,568"),
        (0.04567, "0.0457"),
        (-12.3456, "-12.3"),
        (0.9999, "1"),
    ],
)
def test_numbers_or_the_word_for_what_is_lacking(value: object, text: str) -> None:
    assert number(value, "en") == text


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(TwinError):
        write_drafts([plan_of(alone(office(goal="carbon_peak")), "en")], tmp_path / "file")


def test_the_command_takes_the_same_way(tmp_path: Path) -> None:
    from buildings.description.loading import project_text

    path = tmp_path / "office.yaml"
    path.write_text(project_text(office("shanghai_office_pedf", **FULL_FACTS)), encoding="utf-8")
    done = pilot_of_project(path, out=tmp_path / "out")
    assert len(done.files) == 6
    assert done.case.assessment.fits == ("building",)
