"""Images come from the city's own registries."""

from __future__ import annotations

from collections.abc import Iterator

from stacks.guard.facts import Facts, literal
from stacks.guard.kinds import RUNNING, containers, pod_spec
from stacks.guard.rule import Case, Check, Rule


def _strangers(case: Case) -> list[str]:
    known = tuple(f"{registry}/" for registry in case.facts.registries)
    return [image for image in _images(case) if not image.startswith(known)]


def _images(case: Case) -> Iterator[str]:
    """What containers run, and what is mounted as a volume (Kubernetes 1.33 and later)."""
    yield from (str(each.get("image", "")) for each in containers(case))
    yield from (
        str(each["image"].get("reference", "")) for each in pod_spec(case.body).get("volumes") or () if each.get("image") is not None
    )


def _cel(facts: Facts) -> str:
    known = literal(f"{registry}/" for registry in facts.registries)
    run = "variables.containers.map(c, has(c.image) ? c.image : '')"
    mounted = "variables.pod.volumes.filter(v, has(v.image)).map(v, has(v.image.reference) ? v.image.reference : '')"
    images = f"({run} + (has(variables.pod.volumes) ? {mounted} : []))"
    return f"{images}.filter(i, !{known}.exists(r, i.startsWith(r)))"


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
