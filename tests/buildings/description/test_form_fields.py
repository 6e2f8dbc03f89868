"""What the schema says of a value."""

from __future__ import annotations

import pytest

from buildings.description.form_fields import form_field


def test_a_quantity_has_its_unit_and_range() -> None:
    field = form_field(("buildings", 0, "envelope", "wall_u"))
    assert (field.kind, field.unit, field.low, field.high, field.open_low) == (
        "number", "W/(m2.K)", 0.05, 7.0, False,
    )  # fmt: skip
    assert field.help == "U of outer walls [W/(m2.K)]."


def test_an_open_end_a_whole_number_a_choice_and_a_switch() -> None:
    assert form_field(("buildings", 0, "battery", "capacity")).open_low
    assert form_field(("buildings", 0, "floors")).whole
    control = form_field(("buildings", 0, "control", "type"))
    assert (control.kind, control.default) == ("choice", "fixed")
    assert "droop" in control.choices
    assert form_field(("buildings", 0, "ventilation", "demand_controlled")).kind == "switch"
    assert form_field(("buildings", 0, "window_wall_ratio")).unit == ""  # a share has none


def test_each_shape_of_a_building_has_its_own() -> None:
    assert form_field(("buildings", 0, "zones", 3, "infiltration"), explicit=True).unit == "1/h"
    assert form_field(("buildings", 0, "constructions", "wall", "u_value"), explicit=True).high == 7.0
    with pytest.raises(KeyError, match=r"buildings\.0\.zones"):
        form_field(("buildings", 0, "zones", 3, "infiltration"))
