"""Finding, caching, comparing and beginning cities."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from city.check import check_folder
from city.diff import BY, LISTS, SINGLES, Change, compare
from city.load import find_city, load_city, shipped_cities
from city.model import City, PlaceKind
from city.new import scaffold
from city.schema import city_schema
from ops.errors import UsageProblem
from ops.folders import cache_dir


def test_a_typo_in_a_citys_name_names_the_nearest() -> None:
    assert shipped_cities() == ["shanwei", "tiny"]
    with pytest.raises(UsageProblem, match="no city named 'shanwi'") as refused:
        find_city("shanwi")
    assert refused.value.hint == "did you mean 'shanwei'?"


def test_the_next_step_means_the_city_that_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "my-city"
    scaffold(folder)
    file = folder / "city.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("number: 0", "number: zero"), encoding="utf-8")
    for place, said in ((tmp_path, "./my-city"), (folder, str(folder))):
        monkeypatch.chdir(place)
        with pytest.raises(UsageProblem) as refused:
            load_city(str(folder))
        assert refused.value.hint == f"mend these lines, then: citynode city check --city {said}"


def test_a_city_is_cached_by_its_content(tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    scaffold(folder)
    first = load_city(str(folder))
    assert len(list((cache_dir() / "cities").glob("*.json"))) == 1
    assert load_city(str(folder)) == first
    file = folder / "groups.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("rto_seconds: 60", "rto_seconds: 90"), encoding="utf-8")
    assert load_city(str(folder)).groups[0].rto_seconds == 90


def test_a_broken_cache_is_read_past(tmp_path: Path) -> None:
    first = load_city("tiny")
    for kept in (cache_dir() / "cities").glob("*.json"):
        kept.write_text("{", encoding="utf-8")
    assert load_city("tiny") == first


def test_differences_are_told_field_by_field(tiny: City) -> None:
    pe1 = tiny.routers[0].model_copy(update={"management": 99})
    other = tiny.model_copy(update={"routers": (pe1, *tiny.routers[2:]), "production": True})
    found = {(item.kind, item.name, item.change, item.field, item.before, item.after) for item in compare(tiny, other)}
    assert found == {
        ("routers", "pe1", Change.CHANGED, "management", 11, 99),
        ("routers", "core1", Change.REMOVED, "", None, None),
        ("city", "tiny", Change.CHANGED, "production", False, True),
    }
    assert compare(tiny, tiny) == []


def test_differences_are_told_of_everything_that_a_city_says(tiny: City) -> None:
    """All but the name: cities that are compared have different ones."""
    assert sorted((*LISTS, *SINGLES, *BY, "name")) == sorted(City.model_fields)
    extranet = tiny.extranet
    moved = extranet.attachments[0].model_copy(update={"plane": "internet"})
    exempt = tiny.ipv6_exemptions[0].model_copy(update={"reason": "another"})
    other = tiny.model_copy(
        update={
            "extranet": extranet.model_copy(update={"attachments": (moved, *extranet.attachments[1:])}),
            "registries": ("registry.elsewhere.example",),
            "ipv6_exemptions": (exempt, *tiny.ipv6_exemptions[1:]),
            "edges": tiny.edges[:1],
        }
    )
    assert {(item.kind, item.name, item.change, item.field) for item in compare(tiny, other)} == {
        ("edges", "cdn2", Change.REMOVED, ""),
        ("ipv6_exemptions", "system archive", Change.CHANGED, "reason"),
        ("city", "tiny", Change.CHANGED, "extranet.attachments"),
        ("city", "tiny", Change.CHANGED, "registries"),
    }


def test_a_new_city_is_sound_from_the_first_minute(tmp_path: Path) -> None:
    written = scaffold(tmp_path / "new-town")
    assert check_folder(str(tmp_path / "new-town")).ok
    city = load_city(str(tmp_path / "new-town"))
    assert city.name == "new-town"
    assert [place.name for place in city.places if place.kind is PlaceKind.CITY] == ["new-town"]
    assert {file.name for file in written} >= {"city.yaml", "systems.yaml", "city.schema.json"}


@pytest.mark.parametrize(("name", "message"), [("Big City", "can't be a city's name"), ("full", "has files in it")])
def test_a_new_city_never_overwrites(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageProblem, match=message):
        scaffold(tmp_path / name)


def test_the_schema_knows_every_key() -> None:
    schema = city_schema()
    assert set(schema["properties"]) == set(City.model_fields)
    assert "required" not in schema
    assert json.loads(json.dumps(schema)) == schema
