"""The JSON Schema of a project file, for editors that complete and check while one writes."""

from __future__ import annotations

from typing import Any

from buildings.description.schema import Project
from buildings.districts.inventory import District


def project_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a project file.

    Returns
    -------
    dict
        A file with `extends` may leave anything out, so only the names of its own keys are checked; any other
        file is checked in full.
    """
    whole = _any_of(Project.model_json_schema(by_alias=True, mode="validation"))
    definitions = whole.pop("$defs")
    district = _any_of(District.model_json_schema(mode="validation"))
    definitions |= district.pop("$defs", {})
    definitions["District"] = district
    whole["properties"]["district"] = {"$ref": "#/$defs/District"}
    whole["required"].remove("buildings")
    whole["anyOf"] = [{"required": ["buildings"]}, {"required": ["district"]}]
    extends = {"type": "string", "description": "Project file in the same folder that this one changes."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "PEDF Twin project",
        "type": "object",
        "properties": {"extends": extends},
        "if": {"required": ["extends"]},
        "then": {
            "properties": {**dict.fromkeys(whole["properties"], True), "extends": True},
            "additionalProperties": False,
        },
        "else": {"$ref": "#/$defs/Project"},
        "$defs": {**definitions, "Project": whole},
    }


def _any_of(part: Any) -> Any:
    """`anyOf` for `oneOf`: text such as "20 degC" is a quantity and might as well be a schedule's key."""
    if isinstance(part, dict):
        return {"anyOf" if key == "oneOf" else key: _any_of(value) for key, value in part.items()}
    return [_any_of(value) for value in part] if isinstance(part, list) else part
