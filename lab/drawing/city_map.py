"""The map of a running lab: its health as a scene, as lines for a terminal and, where asked for, as a picture in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lab import namespace
from lab.box import Box
from lab.drawing.picture import picture
from lab.drawing.scene import Mark, Scene, states
from lab.drawing.text import map_lines
from lab.frr.daemons import is_configured
from lab.record import write_atomic
from lab.status import status_of


@dataclass(frozen=True, slots=True)
class Map:
    """What was drawn."""

    scene: Scene
    lines: tuple[str, ...]
    svg: Path | None

    def as_data(self) -> dict[str, object]:
        """The map as JSON has it: every node and link with its state."""
        scene = self.scene
        links = [
            {"name": link.name, "a": link.a.node, "b": link.b.node, "level": link.level.value, "state": scene.line(link.name)}
            for link in scene.links
        ]
        return {
            "lab": scene.lab,
            "city": scene.city.name,
            "nodes": [{"name": name, "state": state} for name, state in scene.nodes.items()],
            "links": links,
            "broken": list(scene.broken),
            "svg": str(self.svg) if self.svg else None,
        }


def draw_map(box: Box, svg: Path | None, *, lang: str = "en") -> Map:
    """Look at the lab and draw it; with `svg`, write the picture there as well."""
    scene = scene_of(box, lang=lang)
    if svg:
        write_atomic(svg, picture(scene), mode=0o644)
    return Map(scene, map_lines(scene), svg)


def scene_of(box: Box, *, lang: str) -> Scene:
    """The lab as its parts see it."""
    found = status_of(box)
    nodes, lines, details = states(found.health)
    broken = tuple(str(fault) for fault in found.faults)
    return Scene(box.name, box.city, box.spec.sites, box.links, nodes, lines, broken, lang, details)


def rising(box: Box, *, lang: str) -> Scene:
    """The lab while it comes up, from what costs nothing to look at: namespaces, configurations, logins."""
    nodes = {node: _stage(box, node) for node in box.nodes}
    lines: dict[str, Mark] = {
        link.name: "up" if "waiting" not in (nodes[link.a.node], nodes[link.b.node]) else "waiting" for link in box.links
    }
    return Scene(box.name, box.city, box.spec.sites, box.links, nodes, lines, lang=lang)


def _stage(box: Box, node: str) -> Mark:
    """Starting from the namespace on, up when the node is configured and lets operators in."""
    if not namespace.exists(box.netns(node)):
        return "waiting"
    return "up" if is_configured(box, node) and box.alive(node, "sshd") else "starting"
