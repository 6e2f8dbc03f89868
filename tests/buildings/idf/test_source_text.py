"""A file that is no sound IDF is told as such, with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from buildings.idf.model import open_model
from buildings.idf.source_text import parse_source
from weather.errors import TwinError

Box = Callable[..., Path]
KNOWN = ("Version", "Zone", "Wall:Exterior", "Building")
TEXT = "Version,25.2;\nBuilding,\n  A house, !- Name\n  0; ! north\nZone,Room,\n 0;\n"


def test_objects_keep_their_line_and_lose_their_comments() -> None:
    source = parse_source(TEXT, Path("a.idf"), KNOWN)
    assert [(one.kind, one.fields, one.line) for one in source.objects] == [
        ("VERSION", ["25.2"], 1),
        ("BUILDING", ["A house", "0"], 2),
        ("ZONE", ["Room", "0"], 5),
    ]


@given(st.integers(min_value=0, max_value=len(TEXT) - 3))
def test_a_file_cut_anywhere_is_read_as_whole_objects_or_refused(length: int) -> None:
    """Never another number of fields than the whole file has: a cut object is an error, not a shorter one."""
    whole = {one.line: one.fields for one in parse_source(TEXT, Path("a.idf"), KNOWN).objects}
    try:
        source = parse_source(TEXT[:length], Path("a.idf"), KNOWN)
    except TwinError:
        return
    assert all(whole[one.line] == one.fields for one in source.objects)


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but a `TwinError` may come out."""
    try:
        source = parse_source(text, Path("a.idf"), KNOWN)
    except TwinError:
        return
    assert any(one.kind == "VERSION" for one in source.objects)


@pytest.mark.parametrize(
    ("replaced", "word"),
    [
        (("Zone,Loft", "Zoen,Loft"), "Zoen"),
        (("Version,25.2;", ""), "does not state its version"),
        (("Version,25.2;", "Version,8.9;"), "8.9"),
        (("Version,25.2;", "Version,27.1;"), "27.1"),
        (("Version,25.2;", "Version,new;"), "'new' is no version"),
        (("Construction,Deck,Slab;", ""), "construction 'Deck' does not exist"),
        (("Construction,Deck,Slab;", "Construction,Deck,Slap;"), "layer 'Slap' does not exist"),
        (("Construction,Window,Glass;", "Construction,Window,Glas;"), "Glas"),
        (("South,,,,1,4", "Soth,,,,1,4"), "'Soth' does not exist"),
        (("Wall,Wall,Room,,Outdoors,,SunExposed,WindExposed,,4,\n  0,0,3, 0,0,0, 8,0,0, 8,0,3", ""), "South"),
        (("Lights,Lamps,Room,Office hours", "Lights,Lamps,Room,Officehours"), "'Officehours' does not exist"),
        (("Lights,Lamps,Room", "Lights,Lamps,Rum"), "'Rum' does not exist"),
        (("Watts/Area,,9", "Watts/Area,,nine"), "'nine'"),
        (("Watts/Area,,9", "Watts/Moon,,9"), "WATTS/MOON"),
        (("Surface,Loft floor", "Surface,Lost floor"), "LOST FLOOR"),
        (("Until: 18:00,1", "Until: 18.00,1"), "18.00"),
        (("For: AllOtherDays,Until: 24:00,0,\n", ""), "has no values"),
    ],
)
def test_a_wrong_model_is_refused_by_name(box: Box, replaced: tuple[str, str], word: str) -> None:
    from buildings.idf.reading import read_idf

    with pytest.raises(TwinError) as caught:
        read_idf(box(replaced))
    assert word in caught.value.what + caught.value.remedy
    assert caught.value.remedy
    assert caught.value.file is not None


def test_no_file_no_text_no_model(tmp_path: Path) -> None:
    for content in (None, b"", b"\x00\x01\x02", b"{", b"[1, 2]", b'{"Nonsense": {"a": {}}}'):
        path = tmp_path / "model.idf"
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(TwinError):
            open_model(path)
    with pytest.raises(TwinError, match="folder"):
        open_model(tmp_path)


def test_the_error_names_the_line(box: Box) -> None:
    path = box(("Lights,Lamps,Room,Office hours", "Lights,Lamps,Room,Officehours"))
    line = next(i for i, t in enumerate(path.read_text().splitlines(), start=1) if t.startswith("Lights,"))
    from buildings.idf.reading import read_idf

    with pytest.raises(TwinError) as caught:
        read_idf(path)
    assert caught.value.line == line
