"""The steps of a move, in order. Each may run again after a crash: it asks both sides what was done already."""

# ruff: noqa: S608 - names and texts in statements go through `database.name` and `database.literal`

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from migrate import address, catalogue, inspection, limits, replication, verify
from migrate.carriage import beside, pull_files
from migrate.database import literal, name, one
from migrate.errors import Stalled
from migrate.inspection import Finding
from migrate.limits import PATIENCE
from migrate.road import Road, Sample, flow
from migrate.room import TAKEN_OVER, room
from migrate.watch import Users, counts, longest_silence, lost, present
from migrate.workload import Zone, objects, volume_folder, with_owner
from ops.errors import CitynodeError, TimedOut, Unreachable
from ops.language import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from migrate.scene import Scene
    from ops.durable import Run
    from ops.progress import Progress

JsonObject = dict[str, Any]
SMALL_LAG = 256 * 1024


def findings(scene: Scene) -> tuple[tuple[Finding, ...], JsonObject]:
    """Everything that must hold, and what both sides say of themselves; changes nothing."""
    move, zone = scene.move, Zone(scene.stage.access.centres[scene.move.target], scene.move)
    server = address.name_server(scene.stage.access)
    facts = inspection.look_at_source(scene.source, scene.department, move.files)
    volume = volume_folder(scene.stage.access.centres[move.target], move)
    found = [
        *inspection.judge_source(facts, move.share_mbit),
        *inspection.judge_target(scene.cluster, scene.node, facts, move.database, move.mark, volume),
        _free_roles(scene),
        Finding(
            "zone",
            zone.exists(),
            _("the landing zone of {system} at {centre}").format(system=move.system.name, centre=move.target),
            f"citynode stack up --centre {move.target}",
        ),
    ]
    before = address.read(server, move)
    found.append(
        Finding(
            "name-record",
            bool(before["A"]),
            _("{name} has an address").format(name=move.domain_name),
            _("add its record to the name server first"),
        )
    )
    owner = one(scene.source, "SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = current_database()")["owner"]
    found.append(judge_owner(owner, [row["name"] for row in replication.roles(scene.source)]))
    return tuple(found), {
        "database_bytes": facts.database_bytes,
        "files_bytes": facts.files_bytes,
        "files": facts.files,
        "tables": len(facts.tables),
        "write_mbit": facts.write_mbit,
        "owner": owner,
        "before": before,
    }


def _free_roles(scene: Scene) -> Finding:
    """No role of the same name at the target that the move didn't make."""
    wanted = ", ".join(literal(row["name"]) for row in replication.roles(scene.source)) or "''"
    standing = scene.cluster.ask(
        f"SELECT rolname AS name, coalesce(shobj_description(oid, 'pg_authid'), '') AS comment FROM pg_roles WHERE rolname IN ({wanted})"
    )
    foreign = [row["name"] for row in standing if not row["comment"].startswith(scene.move.mark)]
    return Finding(
        "roles",
        not foreign,
        _("roles of the same name at the target: {names}").format(names=", ".join(foreign)) if foreign else _("roles' names are free"),
        _("rename them: they belong to somebody else"),
    )


def judge_owner(owner: str, carried: Sequence[str]) -> Finding:
    """The database's owner is a role that is carried over: the administrator's of the city node is never made the system's. Pure."""
    can_come = owner in carried
    return Finding(
        "owner",
        can_come,
        _("the database belongs to {owner}").format(owner=owner)
        if can_come
        else _("the database belongs to {owner}, a role that can't move with it").format(owner=owner),
        _("give the database an owner of its own: ALTER DATABASE … OWNER TO …"),
    )


def check(scene: Scene, run: Run) -> JsonObject:
    """Both sides are ready; `NotReady` names everything that is in the way."""
    run.progress.stage(_("checking both sides"))
    found, facts = findings(scene)
    inspection.refuse(found, scene.move.system.name)
    return {**facts, "checks": [{"name": each.name, "ok": each.ok, "detail": each.detail} for each in found]}


def users(scene: Scene, run: Run) -> JsonObject:
    """Users write through the system's name, from a site of their own."""
    probe = Users(scene, run.change_id)
    probe.start()
    until_good(probe, run.progress, str(scene.move.source_lan), seconds=30, writes=5)
    return {"site": scene.vantage}


def prepare(scene: Scene, run: Run) -> JsonObject:
    """The path is open, the source keeps its changes, resolvers will follow fast."""
    move, comment, checked = scene.move, f"{scene.move.mark} {run.change_id}", run.done["check"]
    scene.stage.moves.note(move.system.name, **{name: checked[name] for name in ("before", "owner", "database_bytes", "files_bytes")})
    address.point(address.name_server(scene.stage.access), move, checked["before"], address.SHORT)
    Road(scene).open(run.change_id)
    replication.make_login(scene.source, move.tag, scene.password("replication"), comment)
    replication.publish(scene.source, move.tag, move.tag, comment)
    return {"short_since": time.time()}


def copy(scene: Scene, run: Run) -> JsonObject:
    """Rows and files are at the target, and changes follow; no more than the share of the link was taken."""
    move, road = scene.move, Road(scene)
    run.progress.stage(
        _("copying {system} over {share} of {link} Mbit/s").format(system=move.system.name, share=move.share_mbit, link=move.link_mbit)
    )
    road.open(run.change_id)
    connection = (
        f"host={move.source_lan} port={move.database_port} dbname={move.database} user={move.tag} "
        f"password={scene.password('replication')} connect_timeout=10"
    )
    start = road.sample()
    replication.subscribe(scene.target, move.tag, connection, move.tag, copy=True, comment=f"{move.mark} {run.change_id}")
    samples = [start] if start else []
    limit = limits.carrying(_size(run), move.share_mbit)
    with beside(scene, lambda stop: pull_files(scene, run.change_id, seconds=limit, stop=stop)) as carrying:
        _until_copied(scene, road, samples, run)
        while not carrying.done():
            with suppress(Unreachable):
                road.renew(run.change_id)
                _take(samples, road)
            time.sleep(0.5)
        carrying.result()
    _take(samples, road)
    seen = flow(samples)
    scene.stage.moves.note(move.system.name, bytes=seen.bytes, rate_mbit=seen.mbit, rate_p95_mbit=seen.mbit_p95)
    return {"bytes": seen.bytes, "seconds": seen.seconds, "rate_mbit": seen.mbit, "rate_p95_mbit": seen.mbit_p95}


def _size(run: Run) -> int:
    checked = run.done["check"]
    return int(checked["database_bytes"] + checked["files_bytes"])


def _take(samples: list[Sample], road: Road) -> None:
    now = road.sample()
    if now is not None and (not samples or now.at > samples[-1].at):
        samples.append(now)


def _until_copied(scene: Scene, road: Road, samples: list[Sample], run: Run) -> None:
    """Return when every table is copied and followed; a link that is cut, or a side that can't be asked, is waited for."""
    expected, moved, (ready, total) = _size(run), time.monotonic(), (0, 1)
    while True:
        last, lost = samples[-1].sent if samples else 0, None
        try:
            ready, total = replication.copied(scene.target, scene.move.tag)
            if ready == total:
                return
            road.renew(run.change_id)
            _take(samples, road)
        except Unreachable as problem:
            lost = problem
        if samples and samples[-1].sent != last:
            moved = time.monotonic()
        silent = time.monotonic() - moved
        if silent > PATIENCE:
            raise lost or _stalled(scene, ready, total)
        sent = samples[-1].sent - samples[0].sent if samples else 0
        what = (
            _("waiting for the link")
            if silent > 5
            else _("{ready} of {total} tables, {mb} MB").format(ready=ready, total=total, mb=round(sent / 1e6, 1))
        )
        run.progress.step(what, done=min(sent, expected), total=max(expected, 1))
        time.sleep(0.5)


def _stalled(scene: Scene, ready: int, total: int) -> Stalled:
    return Stalled(
        _("nothing came over the link of {site} for {seconds:g} s").format(site=scene.move.source, seconds=PATIENCE),
        why=_("{ready} of {total} tables are copied").format(ready=ready, total=total),
        hint=_("citynode lab status, or the network duty: is the link cut? then run the same command again"),
    )


def place(scene: Scene, run: Run) -> JsonObject:
    """The system runs in its landing zone, and may read."""
    move = scene.move
    run.progress.stage(_("starting {system} at {centre}").format(system=move.system.name, centre=move.target))
    zone = _zone(scene)
    manifests = objects(
        move,
        folder=volume_folder(scene.stage.access.centres[move.target], move),
        password=scene.password("application"),
        change=run.change_id,
        node=zone.node(),
    )
    zone.apply(with_owner(manifests, run.done["room"]["owner"]))
    pod = zone.wait_ready()
    return {"pod": pod.name, "address": pod.ipv4, "address6": pod.ipv6}


def gate(scene: Scene, run: Run) -> JsonObject:
    """Everything but the last changes is the same, users reach the new place, and the link keeps up."""
    move = scene.move
    run.progress.stage(_("gate"))
    volume = volume_folder(scene.stage.access.centres[move.target], move)
    scene.target.do(*catalogue.refresh(scene.source))  # one that can't be is found here, while users work
    shape = verify.verify_shape(scene, run.done["room"]["owner"])
    Road(scene).open(run.change_id)  # a run that was killed after the copy may be gone on with days later
    pull_files(scene, run.change_id, seconds=limits.carrying(_size(run), move.share_mbit))
    wait_small(lambda: replication.lag(scene.source, move.tag), _("the target is close behind"), run.progress)
    _answers(scene, run.done["place"]["address"])
    until_good(Users(scene, run.change_id), run.progress, str(move.source_lan), seconds=30, writes=5)
    rest = run.done["prepare"]["short_since"] + address.LONG + 1 - time.time()
    time.sleep(max(0.0, min(rest, address.LONG + 1)))  # until then a resolver may remember the old lifetime
    return {**shape, "volume": volume}


def _answers(scene: Scene, where: str) -> None:
    """The system at its new place answers its users' site."""
    url = f"http://{where}:{scene.move.workload.port}{scene.move.system.probe.path or '/health'}"
    line = f"import urllib.request; print(urllib.request.urlopen('{url}', timeout=4).status)"
    ran = scene.host(scene.vantage).run(["python3", "-c", line], allowed=None)
    if ran.stdout.strip() != "200":
        raise CitynodeError(
            _("{system} does not answer at its new place").format(system=scene.move.system.name),
            why=f"{url}: {' '.join(ran.stderr.splitlines()[-1:])}",
            hint=_("is the way from {site} to the centre's pods open?").format(site=scene.vantage),
        )


def drain(scene: Scene, run: Run) -> JsonObject:
    """The department's system may only read from now on: its users' outage begins."""
    run.progress.stage(_("cutover of {system}").format(system=scene.move.system.name))
    number = Users(scene, run.change_id).number()
    return {"write": number, "at": time.time(), "lsn": replication.drain(scene.source, scene.move.database)}


def delta(scene: Scene, run: Run) -> JsonObject:
    """The last rows and files are at the target, what is computed from rows is too, and sequences stand where they stood."""
    move, position = scene.move, f"{literal(run.done['drain']['lsn'])}::pg_lsn"
    limit = limits.reading(run.done["check"]["files_bytes"])
    with beside(scene, lambda stop: pull_files(scene, run.change_id, seconds=limit, stop=stop)) as carrying:
        wait_small(lambda: replication.lag(scene.source, move.tag, position), _("the last rows"), run.progress, most=0)
        carrying.result()
    scene.target.do(*catalogue.refresh(scene.source), *catalogue.set_sequences(catalogue.sequences(scene.source)))
    return {"done": True}


def compare(scene: Scene, run: Run) -> JsonObject:
    """Both sides are the same, row by row and file by file."""
    with ThreadPoolExecutor(1) as pool:
        checking = pool.submit(verify.verify_files, scene, run.done["gate"]["volume"])
        rows = verify.verify_rows(scene)
        return {**rows, "files": checking.result()["files"], "objects": run.done["gate"]["objects"], "roles": run.done["gate"]["roles"]}


def release(scene: Scene, run: Run) -> JsonObject:
    """The target takes writes, and keeps every one of them for the way back."""
    move, comment = scene.move, f"{scene.move.mark} {run.change_id}"
    replication.unsubscribe(scene.target, move.tag)
    replication.publish(scene.target, move.back, move.back, comment)
    run.check_lease()
    scene.cluster.do(f"COMMENT ON DATABASE {name(move.database)} IS {literal(comment + TAKEN_OVER)}")
    replication.open_up(scene.target, move.database)
    return {"at": time.time()}


def switch(scene: Scene, run: Run) -> JsonObject:
    """The name leads to the new place."""
    pod = _zone(scene).pod()
    placed = run.done["place"]
    four, six = (pod.ipv4, pod.ipv6) if pod else (placed["address"], placed["address6"])
    had_six = bool(run.done["check"]["before"]["AAAA"])
    address.point(
        address.name_server(scene.stage.access), scene.move, {"A": [four], "AAAA": [six] if had_six and six else []}, address.SHORT
    )
    return {"address": four, "at": time.time()}


def follow(scene: Scene, run: Run) -> JsonObject:
    """The department's database follows the target's; the way there is taken down."""
    follow_target(scene, run.change_id)
    replication.unpublish(scene.source, scene.move.tag, scene.move.tag)
    return {"following": True}


def follow_target(scene: Scene, change: str) -> None:
    """A subscription at the department to all that is written at the target."""
    move = scene.move
    port = one(scene.target, "SELECT current_setting('port')::int AS port")["port"]
    connection = (
        f"host={','.join(map(str, move.target_lans))} port={port} dbname={move.database} user={move.tag} "
        f"password={scene.password('replication')} target_session_attrs=primary connect_timeout=5"
    )
    replication.subscribe(scene.source, move.back, connection, move.back, copy=False, comment=f"{move.mark} {change}")


def watch(scene: Scene, run: Run) -> JsonObject:
    """Users write at the new place, what they write comes back too, and nothing that was acknowledged is missing."""
    probe = Users(scene, run.change_id)
    until_good(probe, run.progress, run.done["switch"]["address"], seconds=60, writes=40)
    wait_small(lambda: replication.lag(scene.target, scene.move.back), _("the department follows"), run.progress)
    return measure(scene, run.change_id, run.done["drain"]["write"])


def measure(scene: Scene, change: str, first: int) -> JsonObject:
    """The outage since that write, and the ledger against the database that is active now."""
    probe = Users(scene, change)
    active = scene.source if not replication.is_read_only(scene.source, scene.move.database) else scene.target
    entries = probe.ledger()
    held = present(active, change)
    seen = longest_silence(entries, first, entries[-1].number if entries else 0)
    if seen.outage_seconds is None:  # whoever counts nothing must not be told that nothing is lost
        raise CitynodeError(
            _("the ledger at {site} has no acknowledged write after write {number}").format(site=scene.vantage, number=first),
            why=f"{len(entries)}: {counts(entries)}",
            hint=_("run the same command again: users are started where they stopped, and counted anew"),
        )
    gone = lost(entries, held)
    probe.keep()
    return {"outage_seconds": seen.outage_seconds, "lost_writes": len(gone), "lost": list(gone[:20]), "ledger": counts(entries)}


def until_good(probe: Users, progress: Progress, where: str, *, seconds: float, writes: int) -> None:
    """Return when so many more writes were acknowledged at this address; the probe is started if it ended at its limit."""
    if not probe.is_alive():
        probe.start()
    began, first = time.monotonic(), -1
    while True:
        state = probe.state()
        good = int(state.get("ok", 0)) if state.get("address") == where else -1
        first = good if first < 0 <= good or good < first else first
        if first >= 0 and good - first >= writes:
            return
        if time.monotonic() - began > seconds:
            raise TimedOut(
                _("users at {site} can't write to {name}").format(site=probe.scene.vantage, name=probe.scene.move.domain_name),
                why=str({key: state.get(key) for key in ("address", "ok", "fail", "info")}),
                hint=_("does the system answer? citynode lab status, and its health page"),
            )
        progress.step(_("users write at {address}").format(address=where))
        time.sleep(0.2)


def wait_small(look: Callable[[], replication.Lag], what: str, progress: Progress, *, most: int = SMALL_LAG) -> None:
    """Return when the lag is no more than this; Stalled when it doesn't shrink for too long."""
    best, since = 1 << 62, time.monotonic()
    while True:
        now = look()
        if now.bytes <= most:
            return
        if now.bytes < best:
            best, since = now.bytes, time.monotonic()
        if time.monotonic() - since > PATIENCE:
            raise Stalled(
                _("it does not come to this: {what}").format(what=what),
                why=_("{bytes} bytes are missing; connected: {active}").format(bytes=now.bytes, active=now.is_active),
                hint=_("is the link cut, or a database down? citynode lab status, then run the same command again"),
            )
        progress.step(what)
        time.sleep(0.03 if most == 0 else 0.2)


def _zone(scene: Scene) -> Zone:
    return Zone(scene.stage.access.centres[scene.move.target], scene.move)


__all__ = [
    "JsonObject",
    "check",
    "compare",
    "copy",
    "delta",
    "drain",
    "findings",
    "follow",
    "gate",
    "judge_owner",
    "measure",
    "place",
    "prepare",
    "release",
    "room",
    "switch",
    "users",
    "wait_small",
    "watch",
]


def facts_of(done: Mapping[str, JsonObject]) -> JsonObject:
    """What a finished move is known by: for the store, `run` and `status`."""
    copied, watched, compared = done.get("copy", {}), done.get("watch", {}), done.get("compare", {})
    return {
        "bytes": copied.get("bytes"),
        "rate_mbit": copied.get("rate_mbit"),
        "rate_p95_mbit": copied.get("rate_p95_mbit"),
        "copy_seconds": copied.get("seconds"),
        "outage_seconds": watched.get("outage_seconds"),
        "lost_writes": watched.get("lost_writes"),
        "ledger": watched.get("ledger"),
        "verification": {key: compared.get(key) for key in ("tables", "rows", "sequences", "objects", "roles", "files")},
    }
