"""A department's system moves to the city node and back, under load, with real parts broken on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from migrate import address, back, replication
from migrate.files import manifest
from migrate.move import plan_move
from migrate.run import MOVING, WATCHING, plan_steps
from migrate.scene import Scene, Stage
from migrate.steps import findings, until_good
from migrate.store import Moves
from migrate.watch import Users, lost, present
from migrate.workload import Zone, volume_folder
from ops.durable import Run
from ops.progress import Silent
from ops.record import Record
from tests.lab.rig import Rig

RUN = ("migrate", "run", "archive", "--yes")
ROLLBACK = ("migrate", "rollback", "archive", "--yes")
GBK = "/srv/archive/$(printf '\\271\\253').txt"
"""公.txt as GBK has it, for a shell."""
LINKS = ("core1-room-archives", "core2-room-archives")


@pytest.fixture(scope="module", autouse=True)
def _zone(lab: Rig) -> Iterator[None]:
    """The landing zone, as the stacks make it, without waiting for a whole stack; taken away unless it stood before."""
    from stacks.cluster.client import Cluster
    from stacks.cluster.login import read_login
    from stacks.cluster.objects import Objects
    from stacks.declare.placement import zones_at
    from stacks.declare.zone import zone_objects

    centre = lab.city.site_by_name["dc1"]
    objects = Objects(Cluster(read_login(str(lab.access.centres["dc1"].kubeconfig))), manager="citynode-test")
    zone = next(each for each in zones_at(lab.city, centre) if each.name == "archive")
    stood = objects.read("v1", "Namespace", "archive") is not None
    for each in zone_objects(zone, lab.city) if not stood else ():
        if each.kind != "RoleBinding":  # binds to a role of the foundation
            objects.apply(each.body)
    yield
    if not stood:
        objects.delete("v1", "Namespace", "archive")


@pytest.fixture(autouse=True)
def _home_again(lab: Rig) -> Iterator[None]:
    """A test that fails half-way doesn't leave the system where the next one can't begin."""
    yield
    if Moves(lab.state / "moves" / lab.access.scope).read("archive").get("state") in (MOVING, WATCHING):
        lab.run(*ROLLBACK)


@contextmanager
def scene_of(lab: Rig) -> Iterator[Scene]:
    """Both sides of the move, looked at from outside of its commands."""
    from ops.audit import Trail
    from ops.control import Control
    from ops.lease import Leases

    scope = lab.access.scope
    control = Control(
        lab.state, Trail(lab.state, scope=scope), Leases(lab.state, scope=scope), Silent(), "test", production=False, scope=scope
    )
    with Scene(Stage(lab.city, lab.access, control), plan_move(lab.city, "archive"), "province") as scene:
        yield scene


def nothing_is_left(lab: Rig) -> None:
    """Neither side holds anything of a move, and the name leads to the department as before."""
    with scene_of(lab) as scene:
        source, cluster = scene.source, scene.cluster
        assert source.ask("SELECT slot_name AS name FROM pg_replication_slots UNION ALL SELECT pubname FROM pg_publication") == []
        assert source.ask("SELECT subname AS name FROM pg_subscription") == []
        assert not replication.is_read_only(source, "archive")
        assert cluster.ask("SELECT datname AS name FROM pg_database WHERE datname = 'archive'") == []
        assert cluster.ask("SELECT rolname AS name FROM pg_roles WHERE rolname IN ('archive', 'archive_report', 'citynode_archive')") == []
        assert cluster.ask("SELECT slot_name AS name FROM pg_replication_slots WHERE database = 'archive'") == []
        centre = lab.access.centres["dc1"]
        assert Zone(centre, scene.move).pod() is None
        assert scene.node.ask("sizes", volume_folder(centre, scene.move)) == [0, -1]
        for site in ("room-archives", "dc1", "province"):
            assert scene.host(site).ask("sizes", "/srv/.citynode") in ([0, -1], [0, 0]), site
        assert address.read(address.name_server(lab.access), scene.move)["A"] == ["10.17.1.1"]


@pytest.fixture
def _awkward(lab: Rig) -> Iterator[None]:
    """The department has what neither a dump nor replication carries, and a file whose name is no UTF-8 and which isn't root's."""
    with scene_of(lab) as scene:
        scene.source.do("CREATE MATERIALIZED VIEW largest AS SELECT max(amount) AS amount FROM records")
        scene.source.do("ALTER MATERIALIZED VIEW largest OWNER TO archive", "ALTER DATABASE archive SET work_mem = '9MB'")
        scene.department.run(["sh", "-c", f"printf before >{GBK}; chown 33:34 {GBK}; chmod 640 {GBK}"])
    yield
    with scene_of(lab) as scene:
        scene.source.do("DROP MATERIALIZED VIEW largest", "ALTER DATABASE archive RESET work_mem")
        scene.department.run(["sh", "-c", f"rm {GBK}"])


@pytest.mark.usefixtures("_awkward")
def test_a_system_moves_under_load_over_a_link_that_breaks_and_comes_back_with_what_was_written_since(lab: Rig) -> None:
    with lab.start(*RUN, "-o", "json") as first:
        assert first.stderr is not None
        heard = []
        for line in first.stderr:
            heard.append(line)
            if "copying archive" in line:
                break
        second = lab.run(*RUN)
        for link in LINKS:
            lab.ok("lab", "break", "link", link)
        lab.ok("lab", "heal", *LINKS)
        out, err = first.communicate(timeout=280)
    assert first.returncode == 0, "".join(heard) + err
    moved = json.loads(out)
    assert (second.code, "is being worked on by" in second.err) == (5, True), second.err
    assert (moved["state"], moved["lost_writes"]) == ("watching", 0)
    assert moved["outage_seconds"] < 15
    assert moved["bytes"] > 4_000_000
    assert moved["rate_p95_mbit"] <= moved["share_mbit"] * 1.05
    assert {each["name"] for each in moved["verification"]["tables"]} >= {"public.entries", "public.records"}
    status = lab.ok("migrate", "status", "archive")["moves"][0]
    assert (status["state"], status["now"]["read_only"]) == ("watching", {"source": True, "target": False})
    again = lab.run(*RUN)
    assert (again.code, "was moved already" in again.err) == (5, True), again.err

    with scene_of(lab) as scene:
        assert [each.name for each in findings(scene)[0] if not each.ok] == ["writable", "taken-over"]  # what another state would be told
        assert scene.target.ask("SELECT amount, current_setting('work_mem') AS mem FROM largest") == [{"amount": 999.25, "mem": "9MB"}]
        scene.target.do("INSERT INTO categories VALUES ('written', 'at the target')")
        changed = GBK.replace("/srv/archive", volume_folder(lab.access.centres["dc1"], scene.move))
        scene.node.run(["sh", "-c", f"printf after >{changed}"])
        scene.node.ask("write", f"{volume_folder(lab.access.centres['dc1'], scene.move)}/since.txt", "written at the target")
    back = lab.ok(*ROLLBACK)
    assert (back["state"], back["carried"], back["lost_writes"]) == ("rolled-back", True, 0)
    assert back["outage_seconds"] < 30
    with scene_of(lab) as scene:
        assert scene.source.ask("SELECT title FROM categories WHERE code = 'written'") == [{"title": "at the target"}]
        scene.source.do("DELETE FROM categories WHERE code = 'written'")
        assert any(line.endswith("  since.txt") for line in manifest(scene.department, scene.move.files).lines)
        scene.department.ask("run", ["rm", "/srv/archive/since.txt"], "", 10)
        assert scene.department.run(["sh", "-c", f"cat {GBK}; stat -c ' %u:%g %a' {GBK}"]).stdout == "after 33:34 640\n"
    nothing_is_left(lab)


def test_a_move_killed_after_step_upon_step_ends_and_its_rollback_too(lab: Rig) -> None:
    every = 1 if "CITYNODE_KILLS" in os.environ else 3
    for step, _text in plan_steps()[1::every]:
        lab.killed(f"{step}:after", *RUN)
    moved = lab.ok(*RUN)
    assert (moved["state"], moved["lost_writes"], moved["resumed"]) == ("watching", 0, True)
    for step in ("back-drain:after", "back-carry:after", "back-release:before", "back-release:after", "back-clean:before"):
        lab.killed(step, *ROLLBACK)
    back = lab.ok(*ROLLBACK)
    assert (back["state"], back["lost_writes"]) == ("rolled-back", 0)
    nothing_is_left(lab)


def test_a_row_that_differs_stops_the_cutover_and_the_department_goes_on(lab: Rig) -> None:
    lab.killed("gate:after", *RUN)
    with scene_of(lab) as scene:
        scene.target.do("UPDATE records SET amount = amount + 1 WHERE id = 7")
    refused = lab.run(*RUN)
    assert refused.code == 1, refused.err
    assert "the two sides of archive are not the same" in refused.err
    assert "public.records" in refused.err
    nothing_is_left(lab)


def test_a_move_that_was_killed_can_be_given_up(lab: Rig) -> None:
    lab.killed("drain:after", *RUN)
    back = lab.ok(*ROLLBACK)
    assert (back["state"], back["carried"], back["lost_writes"]) == ("rolled-back", False, 0)
    nothing_is_left(lab)


def test_undoing_a_cutover_that_was_killed_takes_home_what_was_written_at_the_target(lab: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.killed("follow:before", *RUN)
    with scene_of(lab) as scene:
        record = Record.open(scene.stage.control)
        attempt = record.unfinished("migrate.run", "system:archive")
        assert attempt is not None
        run = Run(attempt.change_id, attempt.payload, attempt.done, 1, Silent())
        users, there = Users(scene, attempt.change_id), str(attempt.done["switch"]["address"])
        until_good(users, Silent(), there, seconds=30, writes=10)
        with monkeypatch.context() as patch:
            patch.setattr(back, "wait_small", killed)
            with pytest.raises(KeyboardInterrupt):
                back.give_up(scene, run)
        assert not back.source_is_active(scene)
        assert not back.target_is_active(scene)
        back.give_up(scene, run)
        written = [entry for entry in users.ledger() if entry.outcome == "ok"]
        assert len([entry for entry in written if entry.to == there]) >= 10
        assert lost(written, present(scene.source, attempt.change_id)) == ()
        back.tidy(scene, run)
        record.abandon(attempt)
    nothing_is_left(lab)


def killed(*_arguments: object, **_options: object) -> None:
    """What a person or the kernel does while it waits for the last rows."""
    raise KeyboardInterrupt


def test_what_is_not_ready_is_named_before_anything_is_touched(lab: Rig) -> None:
    with scene_of(lab) as scene:
        scene.source.do("CREATE TABLE notes (note text)", "CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY)")
        try:
            refused = lab.run(*RUN)
        finally:
            scene.source.do("DROP TABLE notes", "DROP TABLE scratch")
    assert refused.code == 5, refused.err
    assert "tables without a primary key: public.notes" in refused.err
    assert "unlogged tables: public.scratch" in refused.err
    nothing_is_left(lab)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "archiv", "--yes"), 2, "archive"),
        (("run", "service-portal", "--yes"), 5, "runs on the city node already"),
        (("run", "archive", "--yes", "--from", "provinse"), 2, "province"),
        (("rollback", "benefits", "--yes"), 5, "no move that could be taken back"),
        (("finalize", "benefits", "--yes"), 5, "no move that could be made final"),
        (("status", "archiv"), 2, "archive"),
    ],
)
def test_a_wrong_wish_is_refused(lab: Rig, words: tuple[str, ...], code: int, says: str) -> None:
    done = lab.run("migrate", *words)
    assert done.code == code, done.err
    assert says in done.err


def test_a_host_with_another_key_is_refused(lab: Rig, tmp_path: object) -> None:
    known = lab.access.host_ssh
    assert known is not None
    lines = known.known_hosts.read_text().splitlines()
    here = str(lab.access.hosts["room-archives"])
    other = next(line.split()[-1] for line in lines if not line.startswith(f"{here} "))
    wrong = "\n".join(f"{here} ssh-ed25519 {other}" if line.startswith(f"{here} ") else line for line in lines)
    path = lab.state / "wrong_known_hosts"
    path.write_text(wrong + "\n")
    text = (lab.state / "labs" / lab.name / "access.yaml").read_text().replace(str(known.known_hosts), str(path))
    access = lab.state / "wrong_access.yaml"
    access.write_text(text)
    refused = lab.run(*RUN, "--access", str(access))
    path.unlink()
    access.unlink()
    assert refused.code == 3, refused.err
    assert "shows another host key" in refused.err
