"""Chillers from an IDF: what is read, what is told to be left aside, what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from buildings.energyplus.dictionary import engine_version
from buildings.idf.chiller_curves import chiller_from_idf
from buildings.systems.chiller import load_chiller_curves, output_at
from weather.errors import TwinError

MODEL = """
Version,{version};
Chiller:Electric:EIR,Chiller,{capacity},5.5,6.67,29.44,0.045,0.057,CapFT,EirFT,EirFPLR,0.10,1.0,1.0,{unloading},
  In,Out,Condenser in,Condenser out,{condenser},{fan},1.0,3.5,ConstantFlow;
Curve:Biquadratic,CapFT,1,0,0,0,0,0,5,10,15,34;
Curve:Biquadratic,EirFT,1,0,0,0,0,0,4,9,16,35;
Curve:{load};
"""


def write(folder: Path, **changes: str) -> Path:
    fields = {
        "version": engine_version(), "capacity": "1000000", "unloading": "0.25", "condenser": "WaterCooled",
        "fan": "0.01", "load": "Quadratic,EirFPLR,0.2,0.5,0.3,0.1,1",
    }  # fmt: skip
    path = folder / "model.idf"
    path.write_text(MODEL.format(**fields | changes))
    return path


def test_a_chiller_and_its_notes(tmp_path: Path) -> None:
    """Curves in the range that both have; it cycles below the larger of least part load and unloading."""
    read = chiller_from_idf(write(tmp_path), "chiller")
    curves = read.curves
    assert (curves.reference_output, curves.reference_ratio, curves.least_share) == (1e6, 5.5, 0.25)
    assert (curves.x_range, curves.y_range, curves.source) == ((5.0, 9.0), (16.0, 34.0), "behind")
    assert curves.load == (0.2, 0.5, 0.3)
    assert read.supply_least == 3.5
    told = " ".join(str(note) for note in read.notes)
    assert "hot gas" in told
    assert "Condenser_Fan_Power_Ratio" in told
    values = load_chiller_curves(curves, 2e6, like="screw", units=2, supply_least=read.supply_least)
    net = 2.0 * (1e6 - values["chilled_pump"])
    assert output_at(values, 7.0, 25.0) == pytest.approx(net)
    assert output_at(values, 3.0, 25.0) == 0.0


def test_an_autosized_air_cooled_one(tmp_path: Path) -> None:
    read = chiller_from_idf(write(tmp_path, capacity="Autosize", condenser="AirCooled"), "Chiller")
    assert read.curves.source == "dry_bulb"
    assert load_chiller_curves(read.curves, 5e5, like="air_scroll")["capacity"] == 5e5


@pytest.mark.parametrize(
    ("changes", "name", "what"),
    [
        ({}, "Other", "no Chiller:Electric:EIR named"),
        ({"condenser": "EvaporativelyCooled"}, "Chiller", "evaporative"),
        ({"load": "Quartic,EirFPLR,0,1,0,0,0,0,1"}, "Chiller", "EirFPLR"),
        ({"version": "9.4"}, "Chiller", "version"),
    ],
)
def test_what_cannot_be_read_is_refused(
    tmp_path: Path, changes: dict[str, str], name: str, what: str
) -> None:
    with pytest.raises(TwinError, match=what):
        chiller_from_idf(write(tmp_path, **changes), name)
