"""What `describe` shows: every default with a source, what the user wrote without one."""

from __future__ import annotations

from dataclasses import replace

from buildings.description.describe import describe, unverified, zones_together
from buildings.description.json_schema import project_json_schema
from buildings.description.loading import parse_project
from buildings.description.schema import Project

OFFICE = """schema: 1
name: test
buildings:
  - name: o
    archetype: office
    era: gb50189-2005
    floor_area: 20000 m2
    floors: 10
    gains: {lighting_power: 9}
"""
CONFIDENCE = {"stored:primary", "stored:secondary", "derived", "gk-verify", "assumed"}


def test_every_entry_has_a_source_and_a_confidence() -> None:
    entries = describe(parse_project(OFFICE))
    assert len(entries) > 50
    assert {e.confidence for e in entries} <= CONFIDENCE
    assert all(e.source and e.path.startswith("o.") for e in entries)


def test_what_the_user_wrote_is_not_derived() -> None:
    paths = {e.path for e in describe(parse_project(OFFICE))}
    assert not any(path.endswith("gains.lighting_power") for path in paths)
    assert "o.zones.*.gains.equipment_power" in paths
    assert "o.envelope.wall_u" in paths


def test_equal_figures_of_all_zones_are_one_entry() -> None:
    entries = [e for e in describe(parse_project(OFFICE)) if e.path.endswith("gains.equipment_power")]
    assert len(entries) == 1
    assert len([e for e in describe(parse_project(OFFICE)) if e.path.endswith(".floor_area")]) == 15


def test_what_differs_only_in_its_zone_is_one_with_all_names() -> None:
    """Four facades on three levels leak alike, the three cores not at all: two entries of fifteen."""
    entries = describe(parse_project(OFFICE))
    leaks = [e for e in zones_together(entries) if e.path.endswith(".infiltration")]
    assert [e.value for e in leaks] == [0.0, 0.5]
    assert leaks[0].path == "o.zones.ground-core, middle-core, top-core.infiltration"
    assert leaks[1].path.count("-") == 12
    # Nothing is lost, and what has no zone stays as it is.
    others = [e for e in entries if ".zones." not in e.path]
    assert [e for e in zones_together(entries) if ".zones." not in e.path] == others
    plain = [replace(leaks[0], path=f"o.zones.{name}.infiltration") for name in ("1a", "2b")]
    assert [e.path for e in zones_together(plain)] == ["o.zones.1a, 2b.infiltration"]
    assert [e.path for e in zones_together(plain, ("2b", "1a"))] == ["o.zones.*.infiltration"]
    assert zones_together([plain[0], replace(plain[1], value=1.0)]) == [
        plain[0],
        replace(plain[1], value=1.0),
    ]


def test_unverified_figures_can_be_listed() -> None:
    found = {e.path for e in unverified(describe(parse_project(OFFICE)))}
    assert "o.envelope.roof_u" in found
    assert "o.zones.*.gains.equipment_power" not in found


# --- JSON Schema ----------------------------------------------------------------------------------------


def test_every_field_has_a_description_and_refuses_unknown_keys() -> None:
    schema = Project.model_json_schema()
    models = {"Project": schema, **schema["$defs"]}
    assert len(models) > 25
    for name, model in models.items():
        assert model["additionalProperties"] is False, name
        for key, field in model["properties"].items():
            assert field.get("description"), f"{name}.{key}"


def test_fields_with_a_unit_say_so_twice() -> None:
    """In the description for people, in `unit` for editors and pages."""

    def units(field: object) -> list[str]:
        if isinstance(field, dict):
            own = [field["unit"]] if "unit" in field else []
            return own + [u for value in field.values() for u in units(value)]
        if isinstance(field, list):
            return [u for value in field for u in units(value)]
        return []

    schema = Project.model_json_schema()
    for name, model in {"Project": schema, **schema["$defs"]}.items():
        for key, field in model["properties"].items():
            for unit in units(field):
                expected = "[1]" if unit == "1" else f"[{unit}]"
                if unit != "1" or key not in ("vehicles_per_day",):
                    assert expected in field["description"], f"{name}.{key}: {field['description']}"


def test_schema_for_editors_lets_an_extension_leave_things_out() -> None:
    schema = project_json_schema()
    assert schema["else"] == {"$ref": "#/$defs/Project"}
    assert {"required": ["buildings"]} in schema["$defs"]["Project"]["anyOf"]
    assert {"required": ["district"]} in schema["$defs"]["Project"]["anyOf"]
    assert schema["then"]["additionalProperties"] is False
    assert "extends" in schema["then"]["properties"]
