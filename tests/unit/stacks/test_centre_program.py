"""`stacks/centre` as the vendor's language host would run it, but for the engine: Pulumi's own mocks take its place."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pulumi_kubernetes
import pytest

from city.model import City
from ops import yaml
from stacks.declare.placement import centre_named
from stacks.declare.program import token
from stacks.engine.automation import PROJECT
from stacks.engine.scope import Scope
from stacks.fleet import declared

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "stacks" / "centre"
RUN = """
import json, runpy, sys
import pulumi

class Mocks(pulumi.runtime.Mocks):
    made = []
    def new_resource(self, args):
        self.made.append([args.typ, args.name])
        return args.name, args.inputs
    def call(self, args):
        return {}

pulumi.runtime.set_mocks(Mocks(), project="citynode-centre", stack="tiny.dc1", preview=False)
pulumi.runtime.set_all_config(json.loads(sys.argv[2]))

@pulumi.runtime.test
def program():
    runpy.run_path(sys.argv[1], run_name="__main__")

program()
print(json.dumps([name for kind, name in Mocks.made if kind.startswith("kubernetes:")]))
"""


@pytest.mark.parametrize("zones", [(), ("archive",)], ids=["whole", "zone"])
def test_the_plain_program_declares_what_citynode_declares(tiny: City, zones: tuple[str, ...]) -> None:
    config = {"citynode:city": "tiny", "citynode:centre": "dc1", "citynode:kubeconfig": "/none", "citynode:zones": ",".join(zones)}
    argv = [sys.executable, "-c", RUN, str(FOLDER / "__main__.py"), json.dumps(config)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    wanted = declared(tiny, centre_named(tiny, "dc1"), Scope(zones))
    assert sorted(json.loads(done.stdout)) == sorted("/".join(part for part in (each.namespace, each.name) if part) for each in wanted)


def test_the_plain_program_is_the_same_project_and_names_what_it_reads() -> None:
    project = yaml.load((FOLDER / "Pulumi.yaml").read_text(encoding="utf-8"))
    program = (FOLDER / "__main__.py").read_text(encoding="utf-8")
    assert project["name"] == PROJECT
    assert all(f'"{key.partition(":")[2]}"' in program for key in project["config"])


def test_every_kind_is_one_that_pulumi_s_package_knows(shanwei: City) -> None:
    known = Path(pulumi_kubernetes.__file__).read_text(encoding="utf-8")
    kinds = {token(manifest) for site in shanwei.centres for manifest in declared(shanwei, site)}
    assert "kubernetes:core/v1:Namespace" in kinds
    assert [kind for kind in sorted(kinds) if f'"{kind}"' not in known] == []
