"""`citynode policy` as people type it: what it says, and the exit code that a pipeline goes by."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.program import PROGRAM, ROOT
from tests.unit.stacks.guard.cases import FOLDER, read_case


def citynode(*words: str, state: Path) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CITYNODE_")}
    return subprocess.run(
        [*PROGRAM, "policy", *words], cwd=ROOT, stdin=subprocess.DEVNULL,
        env={**environment, "CITYNODE_STATE": str(state), "LANG": "C.UTF-8"}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def manifest(folder: Path, case: str) -> str:
    path = folder / "object.json"
    path.write_text(json.dumps(read_case(FOLDER / f"{case}.yaml").body), encoding="utf-8")
    return str(path)


def test_a_bad_file_exits_5_and_says_rule_object_and_what_to_do(tmp_path: Path) -> None:
    done = citynode("test", manifest(tmp_path, "limits/bad/none"), "--city", "tiny", "-o", "json", state=tmp_path)
    assert done.returncode == 5, done.stderr
    (breach,) = json.loads(done.stdout)["breaches"]
    assert (breach["where"], breach["rule"], breach["object"]) == ("object.json", "limits", "Deployment archive/app")
    assert breach["says"].endswith("set resources.limits for each")


def test_a_good_file_passes_and_the_centre_counts(tmp_path: Path) -> None:
    alone = manifest(tmp_path, "dr-tier/good/one-in-a-data-zone")
    codes = [citynode("test", alone, "--city", "tiny", "--centre", centre, state=tmp_path).returncode for centre in ("dc3", "dc1")]
    assert codes == [0, 5]


def test_the_rules_are_listed_with_what_they_look_at(tmp_path: Path) -> None:
    done = citynode("list", "--city", "tiny", state=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[1:-1]] == declared_names()


def declared_names() -> list[str]:
    from stacks.guard.catalogue import RULES

    return [rule.name for rule in RULES]


def test_the_whole_city_is_asked(tmp_path: Path) -> None:
    done = citynode("check", "--city", "shanwei", "-o", "json", state=tmp_path)
    assert done.returncode == 0, done.stdout
    found = json.loads(done.stdout)
    assert (found["ok"], found["objects"] > 1500) == (True, True)
