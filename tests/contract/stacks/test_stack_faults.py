"""What goes wrong between us, Pulumi and a cluster, each made to happen: the message, the exit code, and that the next run goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import psycopg
import pulumi
import pytest
from pulumi_kubernetes import core

from benchmarks.control_plane import ControlPlane
from ops.errors import CitynodeError
from stacks.engine import launch, plugin
from stacks.engine.automation import PROJECT
from stacks.engine.change import CentreRun
from tests.contract.postgres import postgresql
from tests.contract.stacks.bench import Bench, Declare, found, nothing, quiet
from tests.waiting import wait_until

pytestmark = [
    pytest.mark.lab,
    # the SDK leaves the event loop of a program open when pulumi goes away in its middle
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def bench(plane: ControlPlane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(plugin, "official", lambda _environment: "")
    return Bench(plane, tmp_path, "faults", few=False)


def many(space: str, count: int = 40, until: Event | None = None) -> Declare:
    """A namespace with many small things in it; with an event, the later half of them comes after that."""

    async def come() -> str:
        if until:
            await asyncio.to_thread(until.wait)
        return "yes"

    def declare(options: pulumi.ResourceOptions) -> None:
        first = core.v1.Namespace("space", metadata={"name": space}, opts=options)
        inside = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(depends_on=[first], deleted_with=first))
        late = pulumi.Output.from_input(come())
        for number in range(count):
            data = {"late": late} if number >= count // 2 else {}
            core.v1.ConfigMap(f"part-{number}", metadata={"name": f"part-{number}", "namespace": space}, data=data, opts=inside)

    return declare


@contextmanager
def in_mid_up(bench: Bench, space: str) -> Iterator[Future[CentreRun]]:
    """An up in another thread whose first half is there, and whose second half begins when the block ends."""
    go_on = Event()
    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(bench.up, many(space, until=go_on))
        try:
            wait_until(lambda: run.done() or len(bench.core.list_namespaced_config_map(space).items) > 10, seconds=120, pause=0.01)
            assert not run.done(), run.result()
            yield run
        finally:
            go_on.set()
        run.exception(timeout=200)


def test_an_api_server_that_dies_in_mid_up_is_named_and_the_next_up_goes_on(bench: Bench) -> None:
    with in_mid_up(bench, "dying") as run:
        bench.plane.stop("api")
    bench.plane.up()
    with pytest.raises(CitynodeError) as raised:
        run.result()
    assert raised.value.exit_code == 3
    assert "can't be reached" in raised.value.what
    assert bench.stack(many("dying")).holders() == ()
    bench.up(many("dying"))
    assert len([each for each in bench.core.list_namespaced_config_map("dying").items if each.metadata.name.startswith("part-")]) == 40


def test_a_run_that_is_stopped_ends_in_good_order(bench: Bench) -> None:
    with in_mid_up(bench, "stopped") as run:
        assert launch.interrupt() == 1
        wait_until(run.done, seconds=100, what="it stops though its program goes on")
    with pytest.raises(CitynodeError) as raised:
        run.result()
    assert raised.value.exit_code == 8, str(raised.value)
    assert bench.stack(many("stopped")).holders() == ()
    recorded = {title for title in bench.recorded if title.startswith("part-")}
    there = {each.metadata.name for each in bench.core.list_namespaced_config_map("stopped").items} - {"kube-root-ca.crt"}
    assert 0 < len(recorded) < 40
    assert recorded == there


def test_a_namespace_that_a_finalizer_holds_is_named_with_it_and_goes_once_it_may(bench: Bench) -> None:
    def declare(options: pulumi.ResourceOptions) -> None:
        brief = pulumi.ResourceOptions.merge(options, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(delete="10s")))
        core.v1.Namespace("held", metadata={"name": "held"}, opts=brief)

    bench.up(declare)
    bench.core.create_namespaced_config_map("held", {"metadata": {"name": "hold", "finalizers": ["citynode.city/test"]}})
    with pytest.raises(CitynodeError) as raised:
        bench.destroy()
    assert raised.value.exit_code == 9
    assert raised.value.what == "Namespace held is still being deleted after 10 s"
    assert "citynode.city/test in 1 resource instances" in raised.value.why
    bench.core.patch_namespaced_config_map("hold", "held", {"metadata": {"finalizers": None}})
    bench.destroy()
    assert bench.recorded == {}


def test_a_lock_is_read_and_taken_away_at_any_backend(bench: Bench) -> None:
    stack = bench.stack(many("locked", 1))
    folder = bench.state / "pulumi" / ".pulumi" / "locks" / "organization" / PROJECT / bench.name
    folder.mkdir(parents=True, exist_ok=True)
    since = datetime.now(UTC) - timedelta(minutes=3)
    lock = {"pid": 7, "username": "ops", "hostname": "bastion", "timestamp": since.isoformat()}
    (folder / "00000000-0000-4000-8000-000000000000.json").write_text(json.dumps(lock))
    (holder,) = stack.holders()
    assert (holder.user, holder.host, holder.pid) == ("ops", "bastion", 7)
    with pytest.raises(CitynodeError, match="somebody else is working") as raised:
        bench.up(many("locked", 1))
    assert raised.value.exit_code == 5
    stack.unlock()
    assert stack.holders() == ()


@pytest.fixture
def postgres() -> Iterator[str]:
    """The URL of a database of the test's own."""
    with postgresql() as place:
        yield f"postgres://{place}/postgres?sslmode=disable"


def test_the_state_lives_in_postgresql_by_one_setting(bench: Bench, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORD", "a-passphrase")
    team = Bench(bench.plane, bench.state, "team", {"CITYNODE_STACK_BACKEND": postgres, "CITYNODE_STACK_PASSPHRASE": "env:WORD"})
    assert len(found(team.up(many("team", 2)))) == 3
    assert found(team.preview(many("team", 2))) == []
    assert len(found(team.stack(nothing).held(quiet))) == 3
    with psycopg.connect(postgres) as connection:
        keys = [row[0] for row in connection.execute("SELECT key FROM pulumi_state ORDER BY key")]
    assert f"postgres/.pulumi/stacks/{PROJECT}/team.json" in keys
    assert not any("/locks/" in key for key in keys)
    assert not (bench.state / "pulumi" / ".pulumi").exists()
