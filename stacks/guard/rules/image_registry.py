"""Images come from the city's own registries."""

from __future__ import annotations

from stacks.guard.facts import Facts, literal
from stacks.guard.kinds import RUNNING, containers
from stacks.guard.rule import Case, Check, Rule


def _strangers(case: Case) -> list[str]:
    known = tuple(f"{registry}/" for registry in case.facts.registries)
    return [str(each.get("image", "")) for each in containers(case) if not str(each.get("image", "")).startswith(known)]


def _cel(facts: Facts) -> str:
    known = literal(f"{registry}/" for registry in facts.registries)
    return f"variables.containers.map(c, has(c.image) ? c.image : '').filter(i, !{known}.exists(r, i.startsWith(r)))"


IMAGE_REGISTRY = Rule(
    "image-registry",
    title="Images come only from the city's registries",
    why="GB/T 22239-2019, cloud computing extension: protection of images and snapshots (镜像和快照保护)",
    checks=(
        Check(
            "strangers",
            RUNNING,
            "images from outside the city's registries: {found}; push them to {known} and name them there",
            _cel,
            _strangers,
            lambda facts: facts.registries[0],
        ),
    ),
)
