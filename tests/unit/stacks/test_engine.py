"""What surrounds the pulumi program: its lock, its events, its state's place, its plugin, and the SDK as it is mended."""

from __future__ import annotations

import getpass
import os
import signal
import socket
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from pulumi import automation
from pulumi.automation._stack import StackInitMode

from engines.catalogue import engine_of
from ops.errors import PolicyRefused, UsageProblem
from stacks import apply
from stacks.engine import launch, lock, plugin
from stacks.engine.automation import BriefStack, KnownPulumi
from stacks.engine.backend import backend_for
from stacks.engine.change import Action, CentreRun, Change
from stacks.engine.events import Listener
from stacks.engine.runtime import places
from stacks.provider.discreet import discreet
from stacks.provider.wire import SECRET, UNKNOWN, has_unknown, seal, to_python, to_struct
from tests.waiting import wait_until

HERE = socket.gethostname()


def held(pid: int, host: str = HERE) -> str:
    return (
        f"error: [409] Conflict: the stack is currently locked by 1 lock(s).\n  created by ops@{host} (pid {pid}) at 2026-01-01T00:00:00Z"
    )


def test_the_holder_of_a_lock_is_read_from_pulumi_s_words() -> None:
    (holder,) = lock.holders(held(4242, "bastion"))
    assert (holder.user, holder.host, holder.pid, holder.since) == ("ops", "bastion", 4242, "2026-01-01T00:00:00Z")
    assert lock.holders("error: something else") == ()


def test_only_a_dead_pulumi_of_this_machine_is_gone() -> None:
    dead, alive_but_no_pulumi, elsewhere = lock.holders(held(2**22 + 1) + held(1) + held(2**22 + 1, "bastion"))
    assert dead.is_gone()
    assert alive_but_no_pulumi.is_gone() is (b"pulumi" not in Path("/proc/1/cmdline").read_bytes())  # its pid was given to another
    assert not elsewhere.is_gone()
    assert not lock.are_gone((dead, elsewhere), seconds=0)
    assert not lock.are_gone((), seconds=0)


def test_a_foreign_lock_is_refused_by_name() -> None:
    error = lock.refusal("tiny.dc1", lock.holders(held(7, "bastion")))
    assert (error.exit_code, "ops@bastion (pid 7)" in error.why, "citynode stack unlock --centre dc1" in error.hint) == (5, True, True)


@pytest.mark.parametrize(
    ("user", "host", "pid", "minutes", "reasons"),
    [
        (getpass.getuser(), HERE, 2**22 + 1, 11, ()),
        (getpass.getuser(), HERE, 2**22 + 1, 9, ("it is younger than 10 minutes",)),
        (getpass.getuser(), "bastion", 7, 11, ("it was taken on another machine",)),
        ("somebody", HERE, 2**22 + 1, 11, ("it belongs to another user",)),
    ],
)
def test_what_speaks_for_waiting_is_said(user: str, host: str, pid: int, minutes: int, reasons: tuple[str, ...]) -> None:
    now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    holder = lock.Holder(user, host, pid, (now - timedelta(minutes=minutes)).isoformat())
    assert holder.reasons_to_wait(now) == reasons


BECOME_PULUMI = """
import os, signal
signal.signal(signal.SIGINT, signal.SIG_DFL)  # a shell's background jobs begin with it ignored
os.execv("/bin/sleep", ["pulumi", "60"])
"""


def test_the_lock_of_a_living_run_is_one_to_wait_for(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", BECOME_PULUMI]) as run:
        try:
            wait_until(lambda: Path(f"/proc/{run.pid}/cmdline").read_bytes().startswith(b"pulumi\0"), seconds=30, pause=0.01)
            now = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
            holder = lock.Holder(getpass.getuser(), HERE, run.pid, (now - timedelta(hours=1)).isoformat())
            assert holder.reasons_to_wait(now) == ("the process that took it is still running",)
            assert launch.interrupt() == 1  # and a pulumi of ours is told to stop, once
            assert run.wait(timeout=30) == -signal.SIGINT
        finally:
            run.kill()


def test_pulumi_is_kept_apart_from_the_terminal(tmp_path: Path) -> None:
    """A Ctrl-C at the terminal must not reach it: a second interrupt would end it at once."""
    told = tmp_path / "told"
    program = tmp_path / "real-pulumi"
    program.write_text(f"#!/bin/sh\nps -o sid= -p $$ > {told}\n", encoding="utf-8")
    program.chmod(0o755)
    subprocess.run([launch.write_launcher(tmp_path / "bin" / "pulumi", program)], check=True)
    assert int(told.read_text()) != os.getsid(0)


def test_another_plan_than_the_one_that_was_looked_at_is_refused() -> None:
    run = CentreRun("dc1", (Change(Action.CREATE, "Namespace", "permits"),), 1, 1.0)
    found = apply.plan_hash([run])
    apply._is_plan("", [run])
    apply._is_plan(found[:12], [run])
    for wrong in ("0123456789ab", found[:7]):
        with pytest.raises(PolicyRefused, match=r"is not .* any more") as raised:
            apply._is_plan(wrong, [run])
        assert found[:12] in raised.value.why


def event(
    op: str, old: dict[str, Any] | None, new: dict[str, Any] | None, *, done: bool = False, type_: str = "kubernetes:core/v1:X"
) -> Any:
    def state(tree: dict[str, Any] | None) -> Any:
        return None if tree is None else SimpleNamespace(inputs=tree, outputs=tree)

    metadata = SimpleNamespace(type=type_, urn=f"urn:{type_}::{op}", op=op, old=state(old), new=state(new))
    step = SimpleNamespace(metadata=metadata)
    return SimpleNamespace(diagnostic_event=None, res_outputs_event=step if done else None, resource_pre_event=None if done else step)


def quota(pods: str) -> dict[str, Any]:
    return {"kind": "ResourceQuota", "metadata": {"name": "zone", "namespace": "archive"}, "spec": {"hard": {"pods": pods}}}


def test_a_changed_quota_is_told_with_both_values() -> None:
    listener = Listener(lambda _title: None)
    listener(event("update", quota("6"), quota("8")))
    (change,) = listener.changes.values()
    assert (change.action, change.zone, change.title) == (Action.UPDATE, "archive", "ResourceQuota archive/zone")
    assert [(each.text, each.before, each.after) for each in change.properties] == [("spec.hard.pods", "6", "8")]


def planned(op: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> str:
    """The hash of a plan with this one step."""
    listener = Listener(lambda _title: None)
    listener(event(op, old, new))
    return apply.plan_hash([CentreRun("dc1", tuple(listener.changes.values()), 1, 1.0)])


def binding(role: str) -> dict[str, Any]:
    return {"kind": "RoleBinding", "metadata": {"name": "staff", "namespace": "archive"}, "roleRef": {"name": role}}


def turned(tree: Any) -> Any:
    """The same tree with its keys in the other order."""
    return {key: turned(tree[key]) for key in reversed(tree)} if isinstance(tree, dict) else tree


@pytest.mark.parametrize(("one", "other"), [(quota("2"), quota("2000")), (binding("view"), binding("cluster-admin"))])
@pytest.mark.parametrize("op", ["create", "import", "create-replacement", "replace", "update"])
def test_a_plan_covers_what_an_object_will_hold(op: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    old = None if op in ("create", "import") else {**one, "kind": "Other"}
    assert planned(op, old, one) != planned(op, old, other)
    assert planned(op, old, one) == planned(op, turned(old), turned(one))


def test_an_update_whose_properties_say_nothing_is_covered_too() -> None:
    assert planned("update", {}, quota("2")) != planned("update", {}, quota("2000"))


@pytest.mark.parametrize(
    ("op", "action"),
    [("same", None), ("read", None), ("delete-replaced", None), ("create", Action.CREATE), ("create-replacement", Action.REPLACE)],
)
def test_each_step_counts_once(op: str, action: Action | None) -> None:
    listener = Listener(lambda _title: None)
    listener(event(op, None, quota("6")))
    assert [change.action for change in listener.changes.values()] == ([action] if action else [])


def test_pulumi_s_own_bookkeeping_is_no_object() -> None:
    listener = Listener(lambda _title: None)
    listener(event("create", None, {}, type_="pulumi:providers:kubernetes"))
    listener(event("create", None, {}, type_="citynode:stacks:LandingZone"))
    assert not listener.changes


def test_the_identity_of_the_cluster_is_noticed() -> None:
    listener = Listener(lambda _title: None)
    listener(event("update", {"cluster": "old"}, {"cluster": "new"}, type_="pulumi:pulumi:Stack"))
    assert listener.identity == ("old", "new")


def test_state_and_passphrase_are_the_operator_s_own(tmp_path: Path) -> None:
    backend = backend_for(tmp_path, {})
    again = backend_for(tmp_path, {})
    path = tmp_path / "pulumi" / "passphrase"
    assert backend.environment()["PULUMI_CONFIG_PASSPHRASE"] == again.environment()["PULUMI_CONFIG_PASSPHRASE"] != ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert backend.url == f"file://{tmp_path}/pulumi"


def test_pulumi_gets_a_home_without_logs_and_with_the_user_s_plugins_and_logins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PULUMI_HOME", raising=False)
    monkeypatch.delenv("PULUMI_CREDENTIALS_PATH", raising=False)
    theirs = tmp_path / ".pulumi"
    (theirs / "plugins" / "resource-kubernetes-v9").mkdir(parents=True)
    backend = backend_for(tmp_path / "state", {})
    for _run in range(2):
        told = backend.environment()
        home = Path(told["PULUMI_HOME"])
        assert (home / "logs").is_file()
        assert (home / "plugins" / "resource-kubernetes-v9").is_dir()
        assert told["PULUMI_CREDENTIALS_PATH"] == str(theirs)
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "chosen"))
    assert not {"PULUMI_HOME", "PULUMI_CREDENTIALS_PATH"} & set(backend.environment())


def test_a_shared_backend_needs_its_passphrase_by_reference(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem, match="names a shared backend, but not its passphrase"):
        backend_for(tmp_path, {"CITYNODE_STACK_BACKEND": "s3://bucket"})
    backend = backend_for(tmp_path, {"CITYNODE_STACK_BACKEND": "s3://bucket", "CITYNODE_STACK_PASSPHRASE": "env:WORD"})
    assert backend.url == "s3://bucket"


def test_a_stack_in_a_folder_is_seen_there_and_elsewhere_pulumi_is_asked(tmp_path: Path) -> None:
    own = backend_for(tmp_path, {})
    shared = backend_for(tmp_path, {"CITYNODE_STACK_BACKEND": "s3://bucket", "CITYNODE_STACK_PASSPHRASE": "env:WORD"})
    kept = tmp_path / "pulumi" / ".pulumi" / "stacks" / "citynode-centre" / "tiny.dc1.json"
    assert own.holds("citynode-centre", "tiny.dc1") is False
    kept.parent.mkdir(parents=True)
    kept.write_text("{}")
    assert own.holds("citynode-centre", "tiny.dc1") is True
    assert own.holds("citynode-centre", "tiny.dc2") is False
    assert shared.holds("citynode-centre", "tiny.dc1") is None


def test_what_a_stack_in_a_folder_holds_is_read_there_unless_only_pulumi_can(tmp_path: Path) -> None:
    own = backend_for(tmp_path, {})
    shared = backend_for(tmp_path, {"CITYNODE_STACK_BACKEND": "s3://bucket", "CITYNODE_STACK_PASSPHRASE": "env:WORD"})
    kept = tmp_path / "pulumi" / ".pulumi" / "stacks" / "citynode-centre" / "tiny.dc1.json"
    assert (own.deployment("citynode-centre", "tiny.dc1"), shared.deployment("citynode-centre", "tiny.dc1")) == ({}, None)
    kept.parent.mkdir(parents=True)
    for text, found in (
        ('{"version": 3, "checkpoint": {"latest": {"resources": [1]}}}', {"resources": [1]}),
        ('{"version": 3, "checkpoint": {"latest": null}}', {}),
        ('{"version": 4, "checkpoint": {"latest": {"resources": [1]}}}', None),
        ('{"version": 3}', None),
        ('{"version": 3, "chec', None),
        ("[]", None),
    ):
        kept.write_text(text)
        assert own.deployment("citynode-centre", "tiny.dc1") == found, text
    kept.write_text('{"version": 3, "checkpoint": {"latest": {"resources": [1]}}}')
    kept.with_name("tiny.dc1.json.gz").touch()
    assert own.deployment("citynode-centre", "tiny.dc1") is None


def test_the_official_plugin_goes_first_where_it_is(tmp_path: Path) -> None:
    assert plugin.official({"PATH": str(tmp_path), "PULUMI_HOME": str(tmp_path)}) == ""
    ours = plugin.write_wrapper(tmp_path / "provider") / plugin.EXECUTABLE
    assert os.access(ours, os.X_OK)
    assert plugin.official({"PATH": str(ours.parent), "PULUMI_HOME": str(tmp_path)}) == str(ours)


def test_many_threads_may_write_the_same_program(tmp_path: Path) -> None:
    """The centres of a run begin at one moment."""
    with ThreadPoolExecutor(8) as pool:
        written = set(pool.map(lambda _n: plugin.write_executable(tmp_path / "bin" / "pulumi", "#!/bin/sh\n"), range(64)))
    assert [path.name for path in (tmp_path / "bin").iterdir()] == ["pulumi"]
    assert written == {tmp_path / "bin" / "pulumi"}


def test_a_secret_is_marked_on_the_wire() -> None:
    tree = to_python(seal(to_struct({"kind": "Secret", "data": {"a": "b"}}), ("data", "stringData")))
    assert tree == {"kind": "Secret", "data": {SECRET[0]: SECRET[1], "value": {"a": "b"}}}


def test_a_refusal_doesn_t_quote_a_secret() -> None:
    secret = {"kind": "Secret", "stringData": {"password": "sesame", "empty": ""}, "data": {"key": "c2VzYW1l"}}
    request = SimpleNamespace(properties=to_struct(secret))
    said = "expected string, got sesame in .data.key: c2VzYW1l"
    assert discreet(said, request) == "expected string, got [secret] in .data.key: [secret]"
    assert discreet(said, SimpleNamespace(news=to_struct({**secret, "kind": "ConfigMap"}))) == said
    assert discreet(said, SimpleNamespace()) == said


def test_values_cross_the_wire_unchanged() -> None:
    tree = {"text": "x", "whole": 3, "part": 0.5, "yes": True, "none": None, "list": [1, {"a": []}], "map": {}}
    assert to_python(to_struct(tree)) == tree


def test_a_value_that_is_not_known_yet_is_recognised_anywhere() -> None:
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": ["b"], "c": 1})


def test_the_sdk_has_the_places_that_we_mend() -> None:
    """A pinned SDK that moved on would be slow in silence."""
    assert all(hasattr(owner, name) for owner, name, _replacement in places())


def test_what_is_made_without_asking_pulumi_is_made_whole(tmp_path: Path) -> None:
    """The SDK's own constructors, each of which starts pulumi, set nothing more."""
    said = plugin.write_executable(tmp_path / "bin" / "pulumi", f"#!/bin/sh\necho {engine_of('pulumi').version}\n")
    asked = automation.PulumiCommand(str(said.parents[1]))
    assert vars(KnownPulumi(said.parents[1])) == vars(asked)
    workspace = Mock(spec=automation.Workspace)
    selected = automation.Stack("tiny.dc1", workspace, StackInitMode.SELECT)
    workspace.reset_mock()
    assert vars(BriefStack("tiny.dc1", workspace, is_there=True)) == vars(selected)
    assert workspace.mock_calls == []


def test_a_stack_that_somebody_else_made_meanwhile_is_taken() -> None:
    workspace = Mock(spec=automation.Workspace)
    workspace.create_stack.side_effect = automation.StackAlreadyExistsError(Mock())
    assert BriefStack("tiny.dc1", workspace, is_there=False).name == "tiny.dc1"
    workspace.create_stack.assert_called_once_with("tiny.dc1")
