"""Studies read from files, and the command that writes their documents."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from retrofit_study import study
from twin.commands.report import report_of_study
from twin.report.study.stored import read_study
from weather.errors import TwinError


def test_a_study_is_read_plain_and_packed(tmp_path: Path) -> None:
    text = json.dumps(study(), ensure_ascii=False).encode()
    (tmp_path / "study.json").write_bytes(text)
    (tmp_path / "study.json.gz").write_bytes(gzip.compress(text))
    assert read_study(tmp_path / "study.json") == read_study(tmp_path / "study.json.gz") == study()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": 99}', b"\xff\xfe\x00"])
@pytest.mark.parametrize("name", ["study.json", "study.json.gz"])
def test_what_is_no_study_is_refused_with_its_file(tmp_path: Path, content: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TwinError, match=name):
        read_study(tmp_path / name)


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="cannot be read"):
        read_study(tmp_path / "study.json")


@pytest.mark.long
def test_documents_lie_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "study.json").write_text(json.dumps(study()), "utf-8")
    done = report_of_study(tmp_path / "study.json", None)
    assert {path.name for path in done.documents.values()} == {
        f"report_{language}.{form}" for language in ("zh", "en") for form in ("html", "docx", "pdf")
    }
    assert all(path.parent == tmp_path and path.stat().st_size > 10_000 for path in done.documents.values())
