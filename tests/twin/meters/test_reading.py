"""Files as they come: encodings, separators, titles, workbooks, Parquet, Runs, and what is hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml

from measured_files import Door
from twin.meters import reading
from twin.meters.measured import Measured, read_meters
from twin.meters.reading import read_cells
from twin.store import RunStore
from weather.errors import TwinError

ROWS = [(f"2025-05-01 {h:02d}:00", 10.5 + h) for h in range(24)]


def through(folder: Path, file: str, **more: object) -> Measured:
    """A file with the columns 时间 and 功率 through the door."""
    reading = {"column": "功率", "point": "grid_import_kw", **more.pop("reading", {})}  # type: ignore[dict-item]
    content = {
        "schema": 1,
        "meters": [{"file": file, "time": {"column": "时间"}, "readings": [reading], **more}],
    }
    (folder / "m.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    return read_meters(folder / "m.yaml")


def workbook(rows: list[list[object]], sheet: str = "Sheet1") -> bytes:
    """A workbook as small as Excel opens: text and numbers in one sheet."""
    cells = "".join(
        "<row>"
        + "".join(
            f"<c><v>{v}</v></c>"
            if isinstance(v, (int, float))
            else f'<c t="inlineStr"><is><t>{v}</t></is></c>'
            for v in row
        )
        + "</row>"
        for row in rows
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    pack = "http://schemas.openxmlformats.org/package/2006"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{pack}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override '
        f'PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override '
        f'PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{pack}/relationships"><Relationship Id="a" '
        f'Type="{rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{pack}/relationships"><Relationship Id="b" '
        f'Type="{rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
    }
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return made.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_text_is_read_in_the_encodings_of_chinese_loggers(tmp_path: Path, encoding: str, end: str) -> None:
    lines = ["上海某楼电表导出", "", "时间,电压,功率", *(f"{t},380,{v}" for t, v in ROWS)]
    (tmp_path / "表.csv").write_bytes((end.join(lines) + end).encode(encoding))
    assert through(tmp_path, "表.csv").table["grid_import_kw"].tolist() == [v for _, v in ROWS]


@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), ("|", ".")]
)
def test_separators_and_decimal_signs_are_recognised(tmp_path: Path, separator: str, decimal: str) -> None:
    rows = [separator.join((t, f"{v:.2f}".replace(".", decimal))) for t, v in ROWS]
    (tmp_path / "a.csv").write_text("\n".join([separator.join(("时间", "功率")), *rows]), "utf-8")
    assert through(tmp_path, "a.csv").table["grid_import_kw"].tolist() == [v for _, v in ROWS]


def test_thousands_are_no_decimals(tmp_path: Path) -> None:
    lines = ["时间;功率", *(f'{t};"{1000.5 + k:,.1f}"' for k, (t, _) in enumerate(ROWS))]
    (tmp_path / "a.csv").write_text("\n".join(lines), "utf-8")
    assert through(tmp_path, "a.csv").table["grid_import_kw"].iloc[0] == 1000.5


def test_a_comma_that_may_be_both_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "\n".join(["时间;功率", *(f"{t};1,{250 + k}" for k, (t, _) in enumerate(ROWS))]), "utf-8"
    )
    with pytest.raises(TwinError, match="may be a decimal or a thousand"):
        through(tmp_path, "a.csv")
    told = through(tmp_path, "a.csv", reading={"decimal": ","})
    assert told.table["grid_import_kw"].iloc[0] == 1.25


def test_a_row_that_is_being_written_waits(tmp_path: Path) -> None:
    text = "\n".join(["时间,电压,功率", *(f"{t},380,{v}" for t, v in ROWS), "2025-05-02 00:00,38"])
    (tmp_path / "a.csv").write_text(text, "utf-8")
    assert len(through(tmp_path, "a.csv").table) == 24


def test_a_workbook_is_read_below_its_titles(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(workbook([["某楼"], ["时间", "功率"], *map(list, ROWS)]))
    assert through(tmp_path, "a.xlsx").table["grid_import_kw"].tolist() == [v for _, v in ROWS]
    with pytest.raises(TwinError, match="Its sheets are: Sheet1"):
        through(tmp_path, "a.xlsx", sheet="二月")


def test_days_that_excel_counts_are_times(tmp_path: Path) -> None:
    first = (pd.Timestamp("2025-05-01") - pd.Timestamp("1899-12-30")).days
    rows = [[first + h / 24.0, 1.0 + h] for h in range(24)]
    (tmp_path / "a.xlsx").write_bytes(workbook([["时间", "功率"], *rows]))
    found = through(tmp_path, "a.xlsx").table
    assert str(found.index[0]) == "2025-05-01 00:00:00+08:00"
    assert len(found) == 24


def test_parquet_and_several_files_of_one_form(tmp_path: Path) -> None:
    table = pd.DataFrame(ROWS, columns=["时间", "功率"])
    table["时间"] = pd.to_datetime(table["时间"]).dt.tz_localize("Asia/Shanghai")
    table[:12].to_parquet(tmp_path / "a.parquet")
    table[12:].to_parquet(tmp_path / "b.parquet")
    found = through(tmp_path, ["a.parquet", "b.parquet"])  # type: ignore[arg-type]
    assert found.table["grid_import_kw"].tolist() == [v for _, v in ROWS]


def test_a_run_comes_through_the_same_door(tmp_path: Path, runs: object) -> None:
    run = runs.a_run()  # type: ignore[attr-defined]
    RunStore(tmp_path).save(run, "year")
    name = next(iter(run.series))
    content = {
        "schema": 1,
        "step": "60 min",
        "meters": [{"file": "year", "readings": [{"column": "grid_import_kw", "point": "grid_import_kw"}]}],
    }
    (tmp_path / "m.yaml").write_text(yaml.safe_dump(content), "utf-8")
    found = read_meters(tmp_path / "m.yaml").table["grid_import_kw"]
    hours = run.series[name]["grid_import_kw"].resample("1h").mean()
    assert found.to_numpy() == pytest.approx(hours.to_numpy(), nan_ok=True)


# --- what is refused --------------------------------------------------------------------------------------


def test_a_column_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("时间,电压\n2025-05-01 00:00,380\n", "utf-8")
    with pytest.raises(TwinError, match="Its columns are: 时间, 电压") as caught:
        through(tmp_path, "a.csv")
    assert caught.value.file == str(tmp_path / "a.csv")
    assert "没有“功率”这一列" in caught.value.told("zh")


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.xlsx", "a.xls"])
@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50, b"PK\x03\x04" + b"x" * 100, b"PAR1" * 20])
def test_rubbish_is_refused_in_words(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TwinError):
        through(tmp_path, name)


def test_a_file_that_is_not_there_and_one_of_no_kind(tmp_path: Path) -> None:
    with pytest.raises(TwinError, match="no such file"):
        through(tmp_path, "a.csv")
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(TwinError, match="no kind of file"):
        through(tmp_path, "a.pdf")


def test_large_files_and_workbooks_that_unpack_to_more_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 50_000)
    (tmp_path / "a.csv").write_text("时间,功率\n" + "x" * 60_000, "utf-8")
    with pytest.raises(TwinError, match="larger than"):
        through(tmp_path, "a.csv")
    bomb = workbook([["时间", "功率"], ["x" * 200_000, 1.0]])
    assert len(bomb) < 50_000
    (tmp_path / "a.xlsx").write_bytes(bomb)
    with pytest.raises(TwinError, match="would unpack"):
        through(tmp_path, "a.xlsx")


def test_too_many_rows_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_ROWS", 10)
    (tmp_path / "a.csv").write_text("\n".join(["时间,功率", *(f"{t},{v}" for t, v in ROWS)]), "utf-8")
    with pytest.raises(TwinError, match="24 rows"):
        read_cells(tmp_path / "a.csv", ["时间"])


def test_files_of_one_column_name_twice_are_refused(door: Door) -> None:
    with pytest.raises(TwinError, match="two columns are called 'kW'"):
        door(["time,kW,kW", "2025-05-01 00:00,1,2"], [{"column": "kW", "point": "grid_import_kw"}])
