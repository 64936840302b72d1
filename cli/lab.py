"""`citynode lab`: the city in a box."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli.frame import Frame, Table, Yes, frame, noun
from ops.errors import UsageProblem
from ops.language import N_, WORD, _, word

if TYPE_CHECKING:
    from lab.box import Box
    from lab.fault import FaultKind

app = noun("lab")
breaking = noun("break", "Break something on purpose: a link, a router, a host, a whole centre.")
app.add_typer(breaking, name="break")

Name = Annotated[str, typer.Option("--name", help="The lab (default: the one in use).")]
Parts = Annotated[str, typer.Option(metavar="PART[,PART…]", help="Only these parts and what they stand on.")]
Without = Annotated[str, typer.Option(metavar="PART[,PART…]", help="All but these parts and what stands on them.")]


@app.command("up", epilog="Example: citynode lab up --city tiny")
def up(
    name: Annotated[str, typer.Option("--name", help="The lab's name (default: the city's).")] = "", only: Parts = "", without: Without = ""
) -> None:
    """Bring the city up in namespaces of this machine; what runs already stays, what a crash left half made is finished."""
    here = frame()
    from cli.lab_live import drawing
    from lab.up import Request, bring_up

    request = Request(here.settings.city, name or _default_name(here), _split(only), _split(without))
    with drawing(here.progress, color=here.settings.color, lang=here.settings.lang) as (progress, watch):
        risen = bring_up(here.settings.state, request, progress, watch)
    data = {"lab": risen.box.name, "management": str(risen.box.management), "nodes": len(risen.box.nodes), "seconds": risen.seconds}
    here.show(data, Table(("part", "seconds"), list(risen.seconds.items())))


@app.command("status", epilog="Example: citynode lab status -o json")
def status(name: Name = "", all_: Annotated[bool, typer.Option("--all", help="Also what is up, one line each.")] = False) -> None:
    """Show the health of every router, link, site, cluster, host and service, and what was broken on purpose."""
    here = frame()
    from lab.status import status_of

    found = status_of(_box(here, name))
    for fault in found.faults:
        here.progress.note(_("broken on purpose: {fault}").format(fault=fault))
    rows = [(item.kind, item.name, item.state, item.detail) for item in found.health if all_ or item.state != "up"]
    counts = found.counts.items()
    summary = [
        (kind, "", ", ".join(f"{number} {word(state)}" for state, number in states.items() if number), "") for kind, states in counts
    ]
    here.show(found.as_data(), Table(("kind", "name", "state", "detail"), [*summary, *rows], words=("kind", "state")))


@breaking.command("link", epilog="Example: citynode lab break link core1-core2")
def break_link(
    link: Annotated[str, typer.Argument(help="The link's name, as in `citynode lab status --all`.")],
    rate: Annotated[float | None, typer.Option("--rate", help="Degrade it to this many Mbit/s instead of cutting it.")] = None,
    name: Name = "",
) -> None:
    """Cut a link, or degrade it to a rate."""
    _break("link", link, name, rate)


@breaking.command("router", epilog="Example: citynode lab break router core1")
def break_router(router: Annotated[str, typer.Argument(help="The router's name.")], name: Name = "") -> None:
    """Stop a router: no process runs, no interface has light."""
    _break("router", router, name)


@breaking.command("host", epilog="Example: citynode lab break host room-finance")
def break_host(host: Annotated[str, typer.Argument(help="The host's site, or a system that runs there.")], name: Name = "") -> None:
    """Power a department's host off; a system's name stands for its host."""
    _break("host", host, name)


@breaking.command("centre", epilog="Example: citynode lab break centre dc1")
def break_centre(centre: Annotated[str, typer.Argument(help="The centre's name.")], name: Name = "") -> None:
    """Darken a centre: alive inside, but nobody reaches it, operators neither."""
    _break(N_("centre", WORD), centre, name)


@app.command("heal", epilog="Example: citynode lab heal --all")
def heal(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]…", help="Links, routers, hosts, centres.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Everything that was broken on purpose.")] = False,
    name: Name = "",
) -> None:
    """Mend what was broken on purpose, exactly as it was."""
    here = frame()
    from lab.faults import heal as mend
    from lab.slots import lab_lock

    if bool(names) == all_:
        raise UsageProblem(_("say what to heal"), hint=_("names, or --all"))
    box = _box(here, name)
    with lab_lock(box.name):
        healed = mend(_box(here, box.name), names or (), here.progress)
    here.show(
        {"healed": [fault.model_dump() for fault in healed]},
        Table(("kind", "healed"), [(fault.kind, fault.name) for fault in healed], words=("kind",)),
    )


@app.command("shell", epilog="Example: citynode lab shell core1")
def shell(node: Annotated[str, typer.Argument(help="A router or a site.")], name: Name = "") -> None:
    """Open a router's command line, or a shell on a site's host (in its network namespace)."""
    here = frame()
    from lab.shell import open_shell

    open_shell(_box(here, name), node)


@app.command("map", epilog="Example: citynode lab map --svg city.svg")
def draw(
    name: Name = "", svg: Annotated[str, typer.Option("--svg", metavar="FILE", help="Write a picture into this file, too.")] = ""
) -> None:
    """Draw the city with its state: four levels, links, what is broken."""
    here = frame()
    from pathlib import Path

    from lab.drawing.city_map import draw_map

    found = draw_map(_box(here, name), Path(svg) if svg else None, lang=here.settings.lang)
    if svg:
        here.progress.note(_("the picture is in {path}").format(path=svg))
    here.show(found.as_data(), Table((_("the city"),), [(line,) for line in found.lines]))


@app.command("list", epilog="Example: citynode lab list")
def list_labs() -> None:
    """List every lab on this machine."""
    here = frame()
    from lab.labs import everywhere
    from lab.slots import stale_because

    keys = ("name", "slot", "management", "folder", "stale", "in_use")
    columns = ("name", "number", "management", "folder", "stale", "in use")
    rows = [
        (lab.name, lab.slot, str(lab.management), str(lab.folder), stale_because(lab), lab.name == here.settings.lab)
        for lab in everywhere()
    ]
    here.show([dict(zip(keys, row, strict=True)) for row in rows], Table(columns, rows))


@app.command("use", epilog="Example: citynode lab use shanwei")
def use(name: Annotated[str, typer.Argument(help="The lab's name.")]) -> None:
    """Make this lab the one that all commands mean."""
    here = frame()
    from lab import access_file
    from lab.labs import open_lab

    box = open_lab(here.settings.state, name)
    access_file.use(here.settings.state, box)
    here.show({"lab": name, "access": str(access_file.path_of(box))}, Table(("lab", "access"), [(name, str(access_file.path_of(box)))]))


@app.command("down", epilog="Example: citynode lab down")
def down(
    name: Name = "", all_: Annotated[bool, typer.Option("--all", help="Every lab of this state folder.")] = False, yes: Yes = False
) -> None:
    """End the lab; nothing of it stays on this machine."""
    here = frame()
    from lab.down import take_down
    from lab.labs import known

    names = list(known(here.settings.state)) if all_ else [_chosen(here, name)]
    if all_ and names:
        here.confirm(_("take down {names}?").format(names=", ".join(names)), yes=yes)
    for lab in names:
        take_down(here.settings.state, lab, here.progress)
    here.show({"down": names}, Table(("down",), [(lab,) for lab in names]))


def _break(kind: FaultKind, target: str, name: str, rate: float | None = None) -> None:
    here = frame()
    from lab.faults import break_it, make_fault
    from lab.slots import lab_lock

    box = _box(here, name)
    with lab_lock(box.name):
        box = _box(here, box.name)
        fault = make_fault(box, kind, target, rate)
        break_it(box, fault)
    here.show({"broken": fault.model_dump()}, Table(("kind", "broken", "how"), [(fault.kind, fault.name, str(fault))], words=("kind",)))


def _box(here: Frame, name: str) -> Box:
    from lab.labs import open_lab

    return open_lab(here.settings.state, _chosen(here, name))


def _chosen(here: Frame, name: str) -> str:
    """The lab that is meant: by name, else the one in use, else the only one."""
    from lab.labs import known

    labs = known(here.settings.state)
    if name or here.settings.lab:
        return name or here.settings.lab
    if len(labs) == 1:
        return labs[0]
    raise UsageProblem(
        _("no lab is in use"),
        why=_("up: {names}").format(names=", ".join(labs)) if labs else "",
        hint="citynode lab use NAME" if labs else "citynode lab up",
    )


def _default_name(here: Frame) -> str:
    """The lab in use if it holds this city, else the city's own name."""
    from city.load import load_city
    from lab.labs import known

    if here.settings.origin("city").endswith("current.toml") and here.settings.lab in known(here.settings.state):
        return here.settings.lab
    return load_city(here.settings.city).name


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.replace(" ", "").split(",") if part)
