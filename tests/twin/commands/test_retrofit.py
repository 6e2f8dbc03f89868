"""What `twin retrofit` prints of a study, in both languages, and what it refuses before any march."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrofit_study import study as example_study
from twin.commands.retrofit import Retrofit, retrofit_project
from weather.errors import TwinError


@pytest.mark.parametrize(
    ("locale", "words"), [("en_US.UTF-8", "net present value"), ("zh_CN.UTF-8", "净现值")]
)
def test_states_stand_side_by_side(locale, words, monkeypatch, capsys):
    monkeypatch.setenv("LC_ALL", locale)
    study = example_study()
    Retrofit(study, Path("study.json"), {}).show()
    said = capsys.readouterr().out
    assert words in said
    for state in (study["baseline"], *study["chosen"]):
        assert state["id"] in said
    assert "None" not in said
    assert "nan" not in said
    counts = study["counts"]
    assert f"{counts['marches']:,}" in said


def test_for_programs_it_is_plain_data():
    told = Retrofit(example_study(), Path("study.json"), {"html_zh": Path("x.html")}).as_dict()
    assert told["documents"] == {"html_zh": "x.html"}
    assert len(told["states"]) == 1 + len(example_study()["chosen"])


def test_a_folder_that_cannot_be_written_is_told_before_any_march(tmp_path):
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(TwinError, match="nothing can be written"):
        retrofit_project(
            Path("no.yaml"), out=taken / "sub", packages=1, seed=0, draws=0, scheduler=None, energyplus=False,
            weather=None, report=False, progress=lambda stage, share: None,
        )  # fmt: skip
