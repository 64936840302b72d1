"""The policy pack as Pulumi talks to it: over gRPC, on the port that its program prints."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from city.model import City, Exemption
from stacks.fleet import declared
from stacks.guard.analyzer import Analyzer, serving
from stacks.guard.facts import facts_at
from stacks.guard.watch import PACK_FOLDER, PORT_VARIABLE, Watch, write_program
from stacks.provider.wire import to_struct

TODAY = date(2026, 11, 25)
ROOT = Path(__file__).parents[4]
BAD: dict[str, Any] = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "archive"}, "spec": {"type": "LoadBalancer"},
}  # fmt: skip


def request(body: dict[str, Any], token: str) -> Any:
    return analyzer_pb2.AnalyzeRequest(type=token, urn=f"urn:{body['metadata']['name']}", name="x", properties=to_struct(body))


@pytest.fixture
def asked(tiny: City) -> Iterator[Any]:
    """A client of the pack that is served for the tiny city's production centre, where one exemption has expired."""
    leave = {"system": "archive", "rule": "frozen", "owner": "dr-lead", "reason": "x", "approver": "data-bureau", "expires": "2026-01-01"}
    city = tiny.model_copy(update={"exemptions": (Exemption.model_validate(leave),)})
    with serving(Analyzer(facts_at(city), TODAY)) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield analyzer_pb2_grpc.AnalyzerStub(channel)


def test_a_bad_resource_is_mandatory_and_a_good_one_is_not_mentioned(asked: Any, tiny: City) -> None:
    (found,) = asked.Analyze(request(BAD, "kubernetes:core/v1:Service")).diagnostics
    assert (found.policyName, found.enforcementLevel, found.urn) == ("no-exposure", analyzer_pb2.MANDATORY, "urn:web")
    assert found.message.startswith("a service that is open past the cluster: type LoadBalancer; ")
    for manifest in declared(tiny, tiny.centres[0]):
        assert not asked.Analyze(request(manifest.body, f"kubernetes:x/v1:{manifest.kind}")).diagnostics


def test_an_expired_exemption_stops_the_run_at_its_first_resource(asked: Any) -> None:
    (found,) = asked.Analyze(analyzer_pb2.AnalyzeRequest(type="pulumi:pulumi:Stack")).diagnostics
    assert (found.policyName, found.enforcementLevel) == ("exemptions", analyzer_pb2.MANDATORY)
    assert "expired on 2026-01-01; dr-lead has to mend it, or data-bureau" in found.message


def test_the_whole_stack_is_judged_together(asked: Any, tiny: City) -> None:
    bodies = [manifest.body for manifest in declared(tiny, tiny.centres[0])]
    entries = [
        analyzer_pb2.AnalyzerResource(type=f"kubernetes:x/v1:{body['kind']}", urn=f"urn:{n}", properties=to_struct(body))
        for n, body in enumerate(bodies)
    ]
    assert not asked.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=entries)).diagnostics
    open_ = [entry for entry, body in zip(entries, bodies, strict=True) if body["metadata"]["name"] != "default-deny"]
    found = asked.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=open_)).diagnostics
    named = {entry.urn for entry, body in zip(entries, bodies, strict=True) if body["metadata"]["name"] in ("benefits", "service-portal")}
    assert {each.urn for each in found} <= named
    assert {each.policyName for each in found} == {"mlps-3"}


def test_the_pack_says_what_it_is(asked: Any) -> None:
    info = asked.GetAnalyzerInfo(Empty())
    assert (info.name, len(info.policies)) == ("citynode", 8)


def test_a_run_is_told_the_port_and_forgets_it(tiny: City) -> None:
    workspace: Any = SimpleNamespace(env_vars={"A": "1"})
    with Watch(tiny).over("dc1", workspace) as packs:
        assert packs == [str(PACK_FOLDER)]
        assert int(workspace.env_vars[PORT_VARIABLE]) > 0
    assert workspace.env_vars == {"A": "1"}


def test_the_program_says_a_run_s_port_and_ends_with_who_started_it(tmp_path: Path) -> None:
    program = write_program(tmp_path)
    starter = subprocess.Popen(
        ["sh", "-c", f"{program} 127.0.0.1:1 . & echo $!; wait"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, PORT_VARIABLE: "4242"},
    )
    with starter:
        assert starter.stdout is not None
        said = {starter.stdout.readline().strip(), starter.stdout.readline().strip()}
        starter.kill()
        starter.wait()
        assert "4242" in said
        assert starter.stdout.read() == ""  # closed by the program's own end


def test_alone_the_program_serves_a_stack_s_own_city(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != PORT_VARIABLE}
    with subprocess.Popen([write_program(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment) as program:
        assert program.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{int(program.stdout.readline())}") as channel:
            pack = analyzer_pb2_grpc.AnalyzerStub(channel)
            config = {"citynode:city": "tiny", "citynode:centre": "dc1"}
            pack.ConfigureStack(analyzer_pb2.AnalyzerStackConfigureRequest(stack="x", config=config))
            found = pack.Analyze(request(BAD, "kubernetes:core/v1:Service")).diagnostics
        program.kill()
    assert [each.policyName for each in found] == ["no-exposure"]
