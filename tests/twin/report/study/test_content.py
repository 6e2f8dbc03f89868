"""The content: nothing missing reads like a figure, nothing assumed like a pass, no plot without data."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from twin.economics.cash_flow import COMPONENTS
from twin.report.study.content import document
from twin.report.study.document import Answer, Cell, Document, Paragraph, Plot, Table, Tiles, clean
from twin.report.study.drawing import FONT_FILE, font_folder, font_folders
from twin.report.study.numbers import MISSING
from twin.report.study.reading import checked
from twin.report.study.words import WORDS
from weather.errors import TwinError


def texts(made: Document) -> Iterator[str]:
    """Every text of a document."""
    yield from (made.title, made.subtitle, made.footer)
    for pair in made.facts:
        yield from pair
    for block in made.blocks():
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Answer):
            yield from (block.question, block.text)
        elif isinstance(block, Tiles):
            for tile in block.tiles:
                yield from (tile.label, tile.value, tile.note)
        elif isinstance(block, Plot):
            yield from (block.caption, block.note)
        else:
            yield from (block.caption, block.note, *block.header)
            yield from (t for row in block.rows for cell in row for t in (cell.text, cell.small))


def tables(made: Document) -> list[Table]:
    """All tables of a document."""
    return [b for b in made.blocks() if isinstance(b, Table)]


def _cells(made: Document) -> Iterator[Cell]:
    for table in tables(made):
        for row in table.rows:
            yield from row


def test_both_languages_of_a_word_take_the_same_values() -> None:
    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {key for key, (zh, en) in WORDS.items() if fields(zh) != fields(en)} == set()
    assert all(zh.strip() and en.strip() for zh, en in WORDS.values())


def test_every_component_of_the_cash_flow_has_its_word() -> None:
    assert {f"flow_{name}" for name in COMPONENTS} <= WORDS.keys()


def test_english_words_are_english_but_for_terms_in_brackets() -> None:
    chinese = {key for key, (_, en) in WORDS.items() if re.search(r"[一-鿿]", re.sub(r"\([^)]*\)", "", en))}
    assert chinese == set()


def test_fonts_that_come_along_have_every_sign_of_our_words() -> None:
    ours, matplotlibs = font_folders()
    known = {**TTFont(matplotlibs / "DejaVuSans.ttf").getBestCmap(), **TTFont(ours / FONT_FILE).getBestCmap()}
    assert {c for pair in WORDS.values() for text in pair for c in text if ord(c) not in known} == set()


def test_the_font_has_the_characters_of_gb2312() -> None:
    known = TTFont(font_folder() / FONT_FILE).getBestCmap()
    rows = [bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF)]
    characters = {c for row in rows if (c := row.decode("gb2312", errors="ignore"))}
    assert len(characters) == 6763
    assert {c for c in characters if ord(c) not in known} == set()


def test_no_absence_is_printed_as_a_value(made: Document) -> None:
    for text in texts(made):
        assert not re.search(r"\b(None|nan|NaN|inf|null)\b", text), text
        assert "{" not in text, text


def test_every_table_of_a_state_names_its_run(study: dict[str, Any], made: Document) -> None:
    runs = {s["run"] for s in (study["baseline"], *study["chosen"])}
    shown = {run for block in made.blocks() if isinstance(block, (Table, Plot)) for run in block.runs}
    assert shown == runs
    said = " ".join(texts(made))
    assert all(run in said for run in runs)  # the table of Runs


def test_an_unverified_limit_never_looks_like_a_pass(study: dict[str, Any], made: Document) -> None:
    for state in (study["baseline"], *study["chosen"]):
        for verdict in state["verdicts"]:
            name = verdict[made.language]
            rows = [r for t in tables(made) if state["run"] in t.runs for r in t.rows if r[0].text == name]
            assert rows, name
            tones = {r[-1].tone for r in rows}
            if verdict["status"] == "assumed":
                assert "pass" not in tones
                assert all(("假定" if made.language == "zh" else "assumed") in r[-1].text for r in rows)


@pytest.mark.parametrize(("language", "cell", "sentence"), [
    ("en", "not sure: met in 83% of draws", "of the limit: 1 more."),
    ("zh", "不确定：83% 的样本满足", "另有 1 项"),
])  # fmt: skip
def test_a_verdict_whose_draws_lie_on_both_sides_is_not_sure(
    study: dict[str, Any], language: str, cell: str, sentence: str
) -> None:
    for state in (study["baseline"], *study["chosen"]):
        state["verdicts"][2].update(status="not_sure", met=None, draws={"count": 200, "met_share": 0.83})
    made = document(study, "zh" if language == "zh" else "en")
    said = list(texts(made))
    assert cell in said
    assert any(sentence in text for text in said)


def test_verdicts_that_differ_do_not_print_as_equal(study: dict[str, Any]) -> None:
    study["baseline"]["verdicts"][2].update(value=0.8004, limit=0.8)
    made = document(study, "en")
    row = next(r for t in tables(made) for r in t.rows if r[0].text == "Mean U-value of walls")
    assert (row[1].text, row[2].text) == ("0.8004", "≤ 0.8000")


def test_why_a_figure_of_money_is_missing_stands_below_it(made: Document) -> None:
    caption = WORDS["money_caption"][made.language == "en"]
    table = next(t for t in tables(made) if t.caption == caption)
    missing = [cell for row in table.rows for cell in row[1:] if cell.text == MISSING]
    assert missing
    assert all(cell.small for cell in missing)


def test_assumptions_are_all_there_and_the_unverified_first(study: dict[str, Any], made: Document) -> None:
    caption = WORDS["assumptions_caption"][made.language == "en"]
    table = next(t for t in tables(made) if t.caption == caption)
    tones = [row[3].tone for row in table.rows]
    assert tones == sorted(tones, key=lambda tone: tone != "assumed")
    assert tones.count("assumed") == 3
    shown = {row[0].text for row in table.rows}
    for state in (study["baseline"], *study["chosen"]):
        for one in (*state["assumptions"], *(state["economics"] or {}).get("assumptions", ())):
            assert one[made.language] in shown


def test_all_plots_are_drawn_with_something_in_them(made: Document) -> None:
    keys = [plot.key for plot in made.plots()]
    assert keys == [
        "months", "front", "end_uses", "monthly", "cash_flow", "tornado", "life_cycle", "abatement",
    ]  # fmt: skip
    for plot in made.plots():
        for axes in plot.figure.axes:
            assert axes.lines or axes.patches or axes.collections, plot.key


def _without(study: dict[str, Any], part: str) -> None:
    states = (study["baseline"], *study["chosen"])
    if part in ("economics", "ranges", "life_cycle"):
        for state in states:
            state[part] = None
    elif part == "monthly":
        for state in states:
            del state["energy"]["monthly"]
    elif part in ("pilot", "abatement", "crosscheck", "levels", "packages"):
        study[part] = None if part == "pilot" else []
    elif part in ("verdicts", "assumptions", "lines"):
        for state in states:
            state[part] = []
            state["economics"] = state["life_cycle"] = state["ranges"] = None
    else:
        for key in ("weather", "versions", "counts", "method", "created"):
            study.pop(key)


@pytest.mark.parametrize(
    ("part", "reason", "plot"),
    [
        ("economics", "no_economics", "cash_flow"),
        ("ranges", "no_tornado", "tornado"),
        ("life_cycle", "no_life_cycle", "life_cycle"),
        ("monthly", "no_months", "monthly"),
        ("pilot", "no_pilot", None),
        ("abatement", "no_abatement", "abatement"),
        ("crosscheck", "no_crosscheck", None),
        ("levels", "no_levels", None),
        ("packages", "no_front", "front"),
        ("assumptions", "no_assumptions", None),
        ("lines", None, None),
        ("verdicts", "no_verdicts", None),
        ("frame", None, None),
    ],
)
def test_what_is_missing_is_said(
    study: dict[str, Any], part: str, reason: str | None, plot: str | None
) -> None:
    _without(study, part)
    made = document(study, "zh")
    if reason is not None:
        assert any(WORDS[reason][0] in text for text in texts(made)), reason
    assert plot not in [p.key for p in made.plots()]
    test_no_absence_is_printed_as_a_value(made)


def test_nothing_chosen_is_said_on_the_first_page(study: dict[str, Any]) -> None:
    study["chosen"] = []
    made = document(study, "en")
    assert any(isinstance(b, Paragraph) and b.text == WORDS["nothing_chosen"][1] for b in made.summary)


def test_a_level_against_unverified_limits_is_no_proof(study: dict[str, Any]) -> None:
    made = document(study, "zh")
    sentence = next(b.text for b in made.summary if isinstance(b, Answer) and "达标" in b.question)
    assert sentence.count(WORDS["no_badge"][0]) == 2
    study["chosen"][0]["standard"]["level"]["status"] = "pass"
    surer = document(study, "zh")
    sentence = next(b.text for b in surer.summary if isinstance(b, Answer) and "达标" in b.question)
    assert sentence.count(WORDS["no_badge"][0]) == 1


def test_life_cycle_stages_add_up(study: dict[str, Any]) -> None:
    """By hand for p0117: 92+6+4+41+5 of works, 800 x 0.52 of electricity, 1.5 of sink, in kgCO2e/m2."""
    made = document(study, "en")
    table = next(t for t in tables(made) if t.caption.startswith("Life cycle by stage (50 years"))
    total = next(row for row in table.rows if row[0].text == "Total")
    assert total[2].text == "562.5"


def test_the_abatement_curve_is_in_order_of_cost_and_names_the_order_taken(study: dict[str, Any]) -> None:
    study["abatement"].reverse()
    made = document(study, "en")
    table = next(t for t in tables(made) if t.caption == WORDS["abatement_table"][1])
    costs = [
        float(row[4].text.replace("−", "-").replace(",", "")) for row in table.rows if row[0].text != MISSING
    ]
    assert costs == sorted(costs)
    assert [row[2].text for row in table.rows][:2] == ["11", "10"]
    assert table.rows[-1][0].text == MISSING  # saves nothing: told, and not on the curve


def test_ranges_are_printed_in_the_unit_of_their_figure(study: dict[str, Any]) -> None:
    state = study["chosen"][1]
    state["economics"]["irr"] = 0.083
    state["ranges"]["irr"] = {"p10": 0.021, "p50": 0.083, "p90": 0.154}
    rows = state["ranges"]["tornado"]
    rows[0] |= {"mode": "add", "low_input": -0.02, "high_input": 0.02, "unit": "1/a"}
    study["chosen"] = [state]
    made = document(study, "en")
    money = next(t for t in tables(made) if t.caption == WORDS["money_caption"][1])
    irr = next(row for row in money.rows if row[0].text == WORDS["row_irr"][1])
    assert (irr[1].text, irr[1].small) == ("8.3 %", "2.1 % ~ 15.4 %")
    ends = next(t for t in tables(made) if t.header[0] == WORDS["input"][1])
    assert [(r[1].text, r[1].small) for r in ends.rows[:2]] == [("−0.02 ~ +0.02", "1/a"), ("× 0.8 ~ 1.2", "")]


def test_cross_checks_show_limits_in_their_unit_and_why_there_is_none(made: Document) -> None:
    table = next(t for t in tables(made) if t.caption == WORDS["crosscheck_caption"][made.language == "en"])
    assert [row[5].text for row in table.rows] == ["± 10 %", "± 10 %", "± 30 %", MISSING]
    assert [row[6].tone for row in table.rows] == ["pass", "fail", "pass", "open"]
    assert table.rows[3][6].small == "EnergyPlus does not know PVT."


def test_measures_that_do_not_apply_say_why(study: dict[str, Any], made: Document) -> None:
    said = set(texts(made))
    left_out = [m for m in study["measures"] if not m["applies"]]
    assert left_out
    assert all(m[f"reason_{made.language}"] in said for m in left_out)


@pytest.mark.parametrize("key", ["building", "baseline", "chosen", "packages", "measures"])
def test_a_study_without_a_needed_part_is_refused(study: dict[str, Any], key: str) -> None:
    del study[key]
    with pytest.raises(TwinError, match=key):
        checked(study)


def test_a_study_of_another_schema_is_refused(study: dict[str, Any]) -> None:
    with pytest.raises(TwinError, match="schema 2"):
        checked({**study, "schema": 2})


def test_clean_text_is_one_line_without_hidden_marks() -> None:
    assert clean("a\n\tb\x00\x1b\u202ec\u200b  d") == "a bc d"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
