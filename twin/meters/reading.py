"""Rows of measured files as they were written: CSV, Parquet, Excel, or the folder of a Run.

Files come from anywhere and are trusted in nothing: sizes are limited before anything is unpacked, text is
decoded by its marks (UTF-8, UTF-16, else GB 18030, which holds GBK), and cells stay what they are until the
mapping says what they mean.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from twin.links.mqtt.states import read_series
from weather.errors import TwinError

LARGEST = 300_000_000
"""Most bytes of a file, and of a workbook once unpacked."""
MOST_ROWS = 20_000_000
MOST_COLUMNS = 2_000
_HEADER_WITHIN = 60
"""Rows in which the names of columns are looked for, below titles that people write above them."""
_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Cells:
    """Columns of a file that were asked for.

    Attributes
    ----------
    columns : dict of str to Series
        Text, numbers or times by column, all of one length.
    first_row : int
        Row of the file in which the first stands, counted from 1.
    """

    columns: dict[str, pd.Series[Any]]
    first_row: int


def read_cells(
    path: Path, wanted: Sequence[str], *, sheet: str | None = None, building: str | None = None
) -> Cells:
    """Read columns of a file.

    Parameters
    ----------
    path : Path
        `.csv`, `.txt`, `.parquet`, `.xlsx`, `.xlsm`, `.xls`, `.ods`, or a folder.
    wanted : sequence of str
        Names of columns; those of a folder have the times under `time`.
    sheet : str, optional
        Of a workbook; default the first.
    building : str, optional
        Of a folder that holds several.

    Returns
    -------
    Cells

    Raises
    ------
    TwinError
        No such file or column, a file that is too large or is nothing of the kind.
    """
    if path.is_dir():
        return _of_folder(path, wanted, building)
    ending = path.suffix.lower()
    read = {".parquet": _of_parquet, ".csv": _of_text, ".txt": _of_text, ".tsv": _of_text}.get(ending)
    if ending in (".xlsx", ".xlsm", ".xls", ".ods"):
        content = _content(path)
        return _of_rows(_workbook_rows(path, content, sheet), path, wanted)
    if read is None:
        raise TwinError(
            f"'{path.suffix}' is no kind of file that is read here.",
            "Give .csv, .parquet or .xlsx, or a folder that `twin run` wrote.",
            file=path,
            key="file",
            zh=(
                f"无法读取“{path.suffix}”类文件。",
                "请给出 .csv、.parquet、.xlsx，或 `twin run` 的结果文件夹。",
            ),
        )
    return read(path, wanted)


def _content(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise TwinError(
                "there is no such file.",
                "Name a file beside the mapping.",
                file=path,
                key="file",
                zh=("没有这个文件。", "请给出映射文件旁的文件名。"),
            )
        with path.open("rb") as stream:
            raw = stream.read(LARGEST + 1)
    except OSError as error:
        raise TwinError(
            f"the file cannot be read: {error.strerror}.", "Check its permissions.", file=path
        ) from None
    if len(raw) > LARGEST:
        raise TwinError(
            f"the file is larger than {LARGEST // 1_000_000} MB.",
            "Split it by years and name all parts.",
            file=path,
            zh=(f"文件大于 {LARGEST // 1_000_000} MB。", "请按年拆分，并列出各部分。"),
        )
    return raw


# --- folders of ours --------------------------------------------------------------------------------------


def _of_folder(path: Path, wanted: Sequence[str], building: str | None) -> Cells:
    """Series of a Run or of a district's year, by interval start."""
    known = read_series(path)
    if building is None and len(known) == 1:
        building = next(iter(known))
    if building not in known:
        raise TwinError(
            f"the folder holds no building {building!r}."
            if building
            else "the folder holds several buildings.",
            f"Write building: one of {', '.join(list(known)[:12])}.",
            file=path,
            key="building",
        )
    table = known[building].table
    _refuse_missing(list(map(str, table.columns)), [name for name in wanted if name != "time"], path)
    columns: dict[str, Any] = {name: table[name].reset_index(drop=True) for name in wanted if name != "time"}
    columns["time"] = pd.Series(table.index)
    return Cells(columns, 1)


def _refuse_missing(names: Sequence[str], wanted: Sequence[str], path: Path) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        listed = ", ".join(name for name in names[:20] if name)
        raise TwinError(
            f"there is no column {missing[0]!r}.",
            f"Its columns are: {listed[:400]}.",
            file=path,
            key="column",
            zh=(f"没有“{missing[0]}”这一列。", f"其列为：{listed[:400]}。"),
        )
    twice = [name for name, count in Counter(names).items() if count > 1 and name in wanted]
    if twice:
        raise TwinError(
            f"two columns are called {twice[0]!r}.", "Rename one of them.", file=path, key="column"
        )


# --- Parquet ----------------------------------------------------------------------------------------------


def _of_parquet(path: Path, wanted: Sequence[str]) -> Cells:
    try:
        source = pq.ParquetFile(io.BytesIO(_content(path)))
        _refuse_missing(source.schema_arrow.names, wanted, path)
        _refuse_many(source.metadata.num_rows, path)
        table = source.read(columns=list(wanted))
    except (pa.ArrowException, OSError) as error:
        raise TwinError(
            f"this is no Parquet file: {str(error)[:120]}.", "Write it anew.", file=path
        ) from None
    return Cells({name: table[name].to_pandas() for name in wanted}, 1)


def _refuse_many(rows: int, path: Path) -> None:
    if rows > MOST_ROWS:
        raise TwinError(f"the file has {rows} rows.", f"Split it; {MOST_ROWS} are read.", file=path)


# --- text -------------------------------------------------------------------------------------------------


def decoded(raw: bytes, path: Path) -> str:
    """Text of a file by its marks: UTF-8 or UTF-16 with theirs, UTF-8 without, else GB 18030.

    Raises
    ------
    TwinError
        None of them fits.
    """
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise TwinError(
        "the text is neither UTF-8 nor UTF-16 nor GB 18030 (GBK).",
        "Save it as UTF-8.",
        file=path,
        zh=("文本既非 UTF-8、UTF-16，也非 GB 18030（GBK）。", "请另存为 UTF-8。"),
    )


def _of_text(path: Path, wanted: Sequence[str]) -> Cells:
    text = decoded(_content(path), path)
    if text and not text.endswith(("\n", "\r")):
        text = _whole_lines(text)
    separator, row = _header(text, wanted, path)
    try:
        table = pd.read_csv(
            io.StringIO(text),
            sep=separator,
            skiprows=row,
            header=0,
            dtype=str,
            keep_default_na=False,
            na_filter=False,
            skipinitialspace=True,
            index_col=False,
            usecols=lambda name: str(name).strip() in wanted,
            on_bad_lines="error",
            low_memory=False,
        )
    except (ValueError, pd.errors.ParserError, csv.Error) as error:
        raise TwinError(
            f"the rows do not fit the columns: {' '.join(str(error).split())[:160]}.",
            "Check separators and quotes.",
            file=path,
        ) from None
    _refuse_many(len(table), path)
    table.columns = [str(name).strip() for name in table.columns]
    return Cells({name: table[name].fillna("") for name in wanted}, row + 2)


def _whole_lines(text: str) -> str:
    """Without a last line that is being written: it has fewer cells than the one before."""
    lines = text.rsplit("\n", 2)
    if len(lines) < 3:
        return text
    before, last = lines[-2], lines[-1]
    separator = max(_SEPARATORS, key=before.count)
    return text if last.count(separator) >= before.count(separator) else text[: len(text) - len(last)]


def _header(text: str, wanted: Sequence[str], path: Path) -> tuple[str, int]:
    """Separator, and the row of the names: the one with most of the columns that are asked for."""
    lines = text.split("\n", _HEADER_WITHIN)[:_HEADER_WITHIN]
    best: tuple[int, int, str, list[str]] = (0, 0, ",", [])
    for number, line in enumerate(lines):
        for separator in _SEPARATORS:
            try:
                cells = [cell.strip() for cell in next(csv.reader([line.rstrip("\r")], delimiter=separator))]
            except (csv.Error, StopIteration):
                continue
            count = sum(name in cells for name in wanted)
            if count > best[0]:
                best = count, number, separator, cells
    if best[0] == 0:
        cells = [cell.strip() for cell in lines[0].rstrip("\r").split(max(_SEPARATORS, key=lines[0].count))]
        _refuse_missing(cells, wanted, path)
    _refuse_missing(best[3], wanted, path)
    if len(best[3]) > MOST_COLUMNS:
        raise TwinError(f"the file has {len(best[3])} columns.", f"{MOST_COLUMNS} are read.", file=path)
    return best[2], best[1]


# --- workbooks --------------------------------------------------------------------------------------------


def _workbook_rows(path: Path, content: bytes, sheet: str | None) -> list[list[Any]]:
    from python_calamine import CalamineError, CalamineWorkbook

    if content[:2] == b"PK":
        _refuse_bomb(path, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if sheet is not None and sheet not in book.sheet_names:
            raise TwinError(
                f"there is no sheet {sheet!r}.",
                f"Its sheets are: {', '.join(book.sheet_names[:20])}.",
                file=path,
                key="sheet",
            )
        found = book.get_sheet_by_name(sheet) if sheet is not None else book.get_sheet_by_index(0)
        rows: list[list[Any]] = found.to_python(skip_empty_area=True)
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise TwinError(
            f"this is no workbook: {str(error)[:120]}.", "Save it anew as .xlsx or .csv.", file=path
        ) from None
    return rows


def _refuse_bomb(path: Path, content: bytes) -> None:
    """A small archive may hold terabytes: what it would unpack to is asked before."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            whole = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise TwinError("this is no workbook.", "Save it anew as .xlsx or .csv.", file=path) from None
    if whole > LARGEST:
        raise TwinError(
            f"the workbook would unpack to {whole // 1_000_000} MB.",
            f"{LARGEST // 1_000_000} MB are read; save it as .csv.",
            file=path,
        )


def _of_rows(rows: list[list[Any]], path: Path, wanted: Sequence[str]) -> Cells:
    best, head = 0, 0
    for number, row in enumerate(rows[:_HEADER_WITHIN]):
        names = [str(cell).strip() for cell in row]
        count = sum(name in names for name in wanted)
        if count > best:
            best, head = count, number
    names = [str(cell).strip() for cell in rows[head]] if rows else []
    _refuse_missing(names, wanted, path)
    body = rows[head + 1 :]
    place = {name: names.index(name) for name in wanted}
    columns = {
        name: pd.Series(np.array([row[k] if k < len(row) else "" for row in body] or [""], dtype=object))[
            : len(body)
        ]
        for name, k in place.items()
    }
    return Cells(columns, head + 2)
