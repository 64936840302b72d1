"""The JSON Schema of a city's files, for editors that complete and check while somebody types.

Each file holds some of the city's keys, so nothing is required at the top; inside an item everything is as strict as the model.
"""

from __future__ import annotations

from typing import Any

from city.model import City

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def city_schema() -> dict[str, Any]:
    """The schema that fits every file of a city's folder."""
    schema = City.model_json_schema()
    schema.pop("required", None)
    return {"$schema": DIALECT, **schema, "title": "A file of a citynode city", "description": "Any of a city's YAML files."}
