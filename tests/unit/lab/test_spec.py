"""What lab.yaml may say, and the words for what it may not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from city.load import find_city
from city.model import City
from lab.spec import LabSpec, load_spec
from ops.errors import UsageProblem

BAD = {
    "sites: [dc1, provnce]": "there is no site named 'provnce' (did you mean 'province'?)",
    "sites: [dc1]\nhosts: [{system: archiv}]": "there is no system named 'archiv' (did you mean 'archive'?)",
    "sites: [dc1]\nhosts: [{system: archive}]": "system archive runs at room-archives, which isn't among `sites`",
    "sites: [dc1]\nhost: []": "host: Extra inputs are not permitted",
    "sites: [dc1]\nhosts: [{system: archive, seed_mb: 0}]": "hosts.0.seed_mb: Input should be greater than 0",
    "sites: [dc1": "isn't YAML",
    "": "Input should be a valid dictionary",
}


@pytest.mark.parametrize(("text", "told"), BAD.items(), ids=range(len(BAD)))
def test_a_wrong_file_is_told_in_its_own_words(text: str, told: str, tmp_path: Path, tiny: City) -> None:
    (tmp_path / "lab.yaml").write_text(text)
    with pytest.raises(UsageProblem) as refused:
        load_spec(tmp_path, tiny)
    assert told in str(refused.value)
    assert str(tmp_path / "lab.yaml") in refused.value.what


def test_a_file_with_a_wrong_key_is_told_the_keys_that_there_are(tmp_path: Path, tiny: City) -> None:
    (tmp_path / "lab.yaml").write_text("sites: [dc1]\nhost: []")
    with pytest.raises(UsageProblem) as refused:
        load_spec(tmp_path, tiny)
    assert set(re.findall(r"`(\w+)`", refused.value.hint)) == set(LabSpec.model_fields)
    assert "cities/tiny/lab.yaml" in refused.value.hint


def test_everything_wrong_is_told_at_once(tmp_path: Path, tiny: City) -> None:
    (tmp_path / "lab.yaml").write_text("sites: [dc7, dc8]\nhosts: [{system: nobody}]")
    with pytest.raises(UsageProblem) as refused:
        load_spec(tmp_path, tiny)
    assert all(name in refused.value.why for name in ("dc7", "dc8", "nobody"))


def test_a_city_without_the_file_gets_its_centres_the_province_and_the_internet(tmp_path: Path, tiny: City) -> None:
    assert load_spec(tmp_path, tiny) == LabSpec(sites=("dc1", "dc2", "dc3", "province", "internet"))


@pytest.mark.parametrize("name", ["tiny", "shanwei"])
def test_shipped_cities_build_every_router_and_only_links_whose_both_ends_are_built(name: str, request: pytest.FixtureRequest) -> None:
    city: City = request.getfixturevalue(name)
    spec = load_spec(find_city(name), city)
    built = {router.name for router in city.routers} | set(spec.sites)
    links = spec.links(city)
    assert links
    assert all({link.a.node, link.b.node} <= built for link in links)
    assert {link.name for link in city.links} - {link.name for link in links} == {
        link.name for link in city.links if not {link.a.node, link.b.node} <= built
    }
