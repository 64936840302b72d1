"""Settings: the order of their sources, where each came from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.errors import UsageProblem
from ops.settings import KEYS, load_settings


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder two levels down, a user's folder and a state folder, and no variable of ours."""
    for key in (*KEYS, "state"):
        monkeypatch.delenv(f"CITYNODE_{key.upper()}", raising=False)
    monkeypatch.setenv("CITYNODE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "citynode").mkdir(parents=True)
    (tmp_path / "project" / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project" / "deep" / "er")
    return tmp_path


def test_each_source_beats_the_next(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (load_settings({}).city, load_settings({}).origin("city")) == ("shanwei", "default")
    current = clean / "state" / "current.toml"
    user = clean / "home" / "citynode" / "citynode.toml"
    project = clean / "project" / "citynode.toml"
    for number, path in enumerate((current, user, project)):
        path.write_text(f'city = "c{number}"\n')
        assert (load_settings({}).city, load_settings({}).origin("city")) == (f"c{number}", str(path))
    monkeypatch.setenv("CITYNODE_CITY", "c3")
    assert (load_settings({}).city, load_settings({}).origin("city")) == ("c3", "environment CITYNODE_CITY")
    assert (load_settings({"city": "c4"}).city, load_settings({"city": "c4"}).origin("city")) == ("c4", "flag --city")


def test_sources_are_mixed_key_by_key(clean: Path) -> None:
    (clean / "state").mkdir()
    (clean / "state" / "current.toml").write_text('city = "tiny"\naccess = "/lab/access.yaml"\nlab = "b"\n')
    (clean / "project" / "citynode.toml").write_text('output = "json"\nquiet = true\n')
    settings = load_settings({"author": "li"})
    assert (settings.city, settings.access, settings.lab) == ("tiny", Path("/lab/access.yaml"), "b")
    assert (settings.output, settings.quiet, settings.author) == ("json", True, "li")


@pytest.mark.parametrize(
    ("text", "what", "hint"),
    [
        ('citty = "x"', "there is no setting named 'citty'", "did you mean 'city'?"),
        ('output = "xml"', "'xml' is not a value of output", "one of: table, json, yaml, markdown"),
        ("city = ", "is not TOML", 'a setting is written: city = "shanwei"'),
        ('lang = "fr"', "'fr' is not a value of lang", "one of: en, zh"),
    ],
)
def test_a_broken_file_is_named(clean: Path, text: str, what: str, hint: str) -> None:
    (clean / "project" / "citynode.toml").write_text(text)
    with pytest.raises(UsageProblem) as problem:
        load_settings({})
    assert what in problem.value.what
    assert problem.value.hint == hint
    assert "citynode.toml" in problem.value.what + problem.value.why


def test_a_project_that_everybody_may_change_is_refused(clean: Path) -> None:
    path = clean / "project" / "citynode.toml"
    path.write_text("")
    path.chmod(0o666)
    with pytest.raises(UsageProblem, match="everybody may change"):
        load_settings({})
    path.chmod(0o644)
    path.parent.chmod(0o777)
    with pytest.raises(UsageProblem) as problem:
        load_settings({})
    assert problem.value.hint == f"chmod o-w {path.parent}"


@pytest.mark.parametrize(
    ("variables", "lang"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "C"}, "en"),
        ({"CITYNODE_LANG": "zh-CN", "LANG": "C"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_language_follows_the_locale(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], lang: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings({}).lang == lang


def test_behind_sudo_the_author_is_the_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "li")
    assert load_settings({}).author == "li"
