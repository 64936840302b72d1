# ruff: noqa: N802 - the methods' names are the protocol's
"""The rules as a policy pack of Pulumi's (CrossGuard): every resource before it is planned or changed, then the stack as a whole.

Pulumi's protocol for analyzers is spoken on the stubs that its own wheel ships, as our provider does. Its SDK for packs isn't
used: `pulumi-policy` 1.21 asks for protobuf 5.29 and the solver of our slots for 6.33, and it starts a second Python per run.
Pulumi asks about a resource twice, to mend it and to judge it; nothing is mended here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

from stacks.guard.catalogue import RULES
from stacks.guard.exemptions import faults
from stacks.guard.facts import Facts
from stacks.guard.judge import Breach, breaches, lacks
from stacks.provider.wire import to_python

PACK, VERSION = "citynode", "1.0.0"
EXEMPTIONS = "exemptions"
"""The name under which an exemption that can't stand is reported."""
STACK_TYPE = "pulumi:pulumi:Stack"
WHOLE = ("Namespace", "NetworkPolicy")
"""The kinds that a stack is judged by as a whole."""
MESSAGE_BYTES = 256 * 1024 * 1024
JUDGED = frozenset(kind for rule in RULES for kind in rule.kinds)
NOTHING_TO_MEND = analyzer_pb2.RemediateResponse()
FactsOf = Callable[[dict[str, str]], Facts]
"""The facts that a stack's configuration stands for."""


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """One run's judge; its facts are given, or follow from the configuration of the stack that it is told."""

    def __init__(self, facts: Facts | FactsOf, today: date) -> None:
        self._facts = facts
        self._today = today

    def Handshake(self, request: Any, context: Any) -> Any:
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def ConfigureStack(self, request: Any, context: Any) -> Any:
        if not isinstance(self._facts, Facts):
            self._facts = self._facts(dict(request.config))
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Configure(self, request: Any, context: Any) -> Any:
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetAnalyzerInfo(self, request: Any, context: Any) -> Any:
        policies = [
            analyzer_pb2.PolicyInfo(name=rule.name, displayName=rule.title, description=rule.why, enforcementLevel=analyzer_pb2.MANDATORY)
            for rule in RULES
        ]
        return analyzer_pb2.AnalyzerInfo(name=PACK, displayName=PACK, version=VERSION, policies=policies)

    def Remediate(self, request: Any, context: Any) -> Any:
        return NOTHING_TO_MEND

    def Analyze(self, request: Any, context: Any) -> Any:
        """One resource as it is declared."""
        if request.type == STACK_TYPE:
            return analyzer_pb2.AnalyzeResponse(diagnostics=list(self._faults()))
        if request.type.rpartition(":")[2] not in JUDGED:
            return analyzer_pb2.AnalyzeResponse()
        found = breaches(to_python(request.properties), self.facts, today=self._today)
        return analyzer_pb2.AnalyzeResponse(diagnostics=_diagnostics(found, request.urn))

    def AnalyzeStack(self, request: Any, context: Any) -> Any:
        """All resources together; their namespaces carry what is said."""
        concerned = [each for each in request.resources if each.type.rpartition(":")[2] in WHOLE]
        bodies = [to_python(each.properties) for each in concerned]
        urns = {body["metadata"]["name"]: each.urn for body, each in zip(bodies, concerned, strict=True) if body.get("kind") == WHOLE[0]}
        found = lacks(bodies, self.facts, today=self._today)
        return analyzer_pb2.AnalyzeResponse(diagnostics=[_diagnostic(each, urns[each.zone]) for each in found])

    @property
    def facts(self) -> Facts:
        if not isinstance(self._facts, Facts):
            raise TypeError("the stack was never configured")
        return self._facts

    def _faults(self) -> Iterator[Any]:
        for fault in faults(self.facts.city, self._today):
            yield _message(EXEMPTIONS, fault.says, urn="", level=analyzer_pb2.MANDATORY)


def _diagnostics(found: Iterable[Breach], urn: str) -> list[Any]:
    return [_diagnostic(breach, urn) for breach in found]


def _diagnostic(breach: Breach, urn: str) -> Any:
    level = analyzer_pb2.ADVISORY if breach.exemption else analyzer_pb2.MANDATORY
    return _message(breach.rule, breach.text, urn=urn, level=level)


def _message(rule: str, text: str, *, urn: str, level: Any) -> Any:
    return analyzer_pb2.AnalyzeDiagnostic(
        policyName=rule, policyPackName=PACK, policyPackVersion=VERSION, message=text, urn=urn, enforcementLevel=level
    )


@contextmanager
def serving(analyzer: Analyzer) -> Iterator[int]:
    """The analyzer on a loopback port, until the block ends."""
    from concurrent.futures import ThreadPoolExecutor

    limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(2, thread_name_prefix="policy"), options=limits)
    analyzer_pb2_grpc.add_AnalyzerServicer_to_server(analyzer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None).wait()
