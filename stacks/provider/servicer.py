# ruff: noqa: N802 - the methods' names are the protocol's
"""The gRPC face of the provider: unpack the request, call `resources`, pack the answer, turn failures into statuses."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from ops.errors import CitynodeError
from stacks.cluster.client import Cluster
from stacks.cluster.login import read_login
from stacks.cluster.objects import Objects
from stacks.engine.properties import PropertyChange
from stacks.provider import resources
from stacks.provider.discreet import discreet
from stacks.provider.failures import message_of, status_of
from stacks.provider.partial import details_of
from stacks.provider.projection import state_of
from stacks.provider.rules import REFUSED_KINDS, SECRET_KEYS
from stacks.provider.waiting import NotReady
from stacks.provider.wire import seal, to_python, to_struct

MANAGER = "citynode"
VERSION = "4.34.2"
"""The version of the typed SDK that this provider was made for."""
DELETE_SECONDS = 120.0

Answer = TypeVar("Answer")


def reported(method: Callable[..., Answer]) -> Callable[..., Answer]:
    """A failure of ours becomes a gRPC status with the whole message; nothing else may get out."""

    @functools.wraps(method)
    def guarded(self: Any, request: Any, context: grpc.ServicerContext) -> Answer:
        try:
            return method(self, request, context)
        except NotReady as late:
            id_, state, code = resources.identifier(late.live), packed(state_of(late.live)), status_of(late.problem)
            reason = discreet(message_of(late.problem), request)
            context.set_trailing_metadata((details_of(id_, state, request, code=code, reason=reason),))
            context.abort(code, reason)
            raise
        except CitynodeError as error:
            context.abort(status_of(error), discreet(message_of(error), request))
            raise

    return guarded


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process: configured once, then asked for one cluster's resources by many threads."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._resources: resources.Resources | None = None
        self._config: dict[str, Any] = {}

    @property
    def _ready(self) -> resources.Resources:
        """The connection, made at the first use: checking and comparing need none."""
        if self._resources is None:
            source = self._config.get("kubeconfig") or os.environ.get("KUBECONFIG") or "~/.kube/config"
            login = read_login(str(source), context=str(self._config.get("context") or ""))
            force = str(self._config.get("enablePatchForce") or os.environ.get("PULUMI_K8S_ENABLE_PATCH_FORCE", "")).lower() == "true"
            objects = Objects(Cluster(login, threads=self._threads), manager=MANAGER, force=force)
            self._resources = resources.Resources(objects, self._namespace)
        return self._resources

    @property
    def _namespace(self) -> str:
        return str(self._config.get("namespace") or "default")

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def GetSchema(self, request: Any, context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema="{}")

    def CheckConfig(self, request: Any, context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """A provider is never replaced: another kubeconfig reaches the same centre by another way."""
        olds, news = to_python(request.old_inputs), to_python(request.news)
        changed = provider_pb2.DiffResponse.DIFF_SOME if olds != news else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changed)

    def Configure(self, request: Any, context: Any) -> Any:
        self._config = to_python(request.args)
        self._resources = None
        return provider_pb2.ConfigureResponse(acceptSecrets=False, supportsPreview=True, acceptResources=False, acceptOutputs=False)

    @reported
    def Check(self, request: Any, context: Any) -> Any:
        if _is_complete(request.news, request.type):
            return provider_pb2.CheckResponse(inputs=request.news)
        inputs = to_python(request.news)
        inputs, failures = resources.check(
            inputs,
            to_python(request.olds),
            token=request.type,
            title=request.name,
            seed=request.randomSeed,
            namespace=self._namespace if self._is_namespaced(inputs) else "",
        )
        found = [provider_pb2.CheckFailure(reason=reason) for reason in failures]
        return provider_pb2.CheckResponse(inputs=packed(inputs), failures=found)

    def _is_namespaced(self, inputs: dict[str, Any]) -> bool:
        """Asked of the cluster only for an object that names no namespace and isn't known to need none."""
        if (inputs.get("metadata") or {}).get("namespace") or str(inputs.get("kind")) in CLUSTER_WIDE or not inputs.get("apiVersion"):
            return False
        return self._ready.objects.kinds.find(inputs["apiVersion"], str(inputs.get("kind"))).namespaced

    @reported
    def Diff(self, request: Any, context: Any) -> Any:
        if request.old_inputs == request.news:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE, hasDetailedDiff=True)
        found = resources.diff(to_python(request.old_inputs), to_python(request.news))
        response = provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found.changes else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=sorted({str(change.path[0]) for change in found.changes}),
            deleteBeforeReplace=found.delete_first,
            hasDetailedDiff=True,
        )
        for change in found.changes:
            response.detailedDiff[change.text].CopyFrom(_detail(change, replaces=change in found.replaces))
        response.replaces.extend(change.text for change in found.replaces)
        return response

    @reported
    def Create(self, request: Any, context: Any) -> Any:
        id_, state = self._ready.create(to_python(request.properties), preview=request.preview, seconds=request.timeout)
        return provider_pb2.CreateResponse(id=id_, properties=packed(state))

    @reported
    def Update(self, request: Any, context: Any) -> Any:
        olds, news = to_python(request.old_inputs), to_python(request.news)
        state = self._ready.update(olds, news, preview=request.preview, seconds=request.timeout)
        return provider_pb2.UpdateResponse(properties=packed(state))

    @reported
    def Read(self, request: Any, context: Any) -> Any:
        recorded = to_python(request.properties) or resources.from_token(request.type, request.id)
        found = self._ready.read(to_python(request.inputs), recorded)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=packed(found[0]), inputs=packed(found[1]))

    @reported
    def Delete(self, request: Any, context: Any) -> Any:
        self._ready.delete(to_python(request.properties), seconds=request.timeout or DELETE_SECONDS)
        return Empty()

    def Cancel(self, request: Any, context: Any) -> Any:
        """Nothing new is begun: requests on their way end by themselves within their time limit."""
        if self._resources is not None:
            self._resources.objects.cluster.close()
        return Empty()


CLUSTER_WIDE = frozenset(
    {
        "APIService",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "RuntimeClass",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
    }
)


def packed(tree: dict[str, Any]) -> Any:
    """The tree for the wire, what is a secret by its kind marked as one."""
    return seal(to_struct(tree), SECRET_KEYS.get(str(tree.get("kind")), ()))


def _is_complete(news: Any, token: str) -> bool:
    """Whether the inputs need nothing filled in and can go back as they came: nearly all of them, and unpacking them is what costs."""
    fields = news.fields
    if "kind" not in fields or "apiVersion" not in fields or "metadata" not in fields or token.endswith("Patch"):
        return False
    kind, metadata = fields["kind"].string_value, fields["metadata"].struct_value.fields
    named = "name" in metadata and metadata["name"].string_value != ""
    placed = kind in CLUSTER_WIDE or ("namespace" in metadata and metadata["namespace"].string_value != "")
    return named and placed and kind not in REFUSED_KINDS and kind not in SECRET_KEYS


def _detail(change: PropertyChange, *, replaces: bool) -> Any:
    kinds = provider_pb2.PropertyDiff
    if change.before is None:
        kind = kinds.ADD_REPLACE if replaces else kinds.ADD
    elif change.after is None:
        kind = kinds.DELETE_REPLACE if replaces else kinds.DELETE
    else:
        kind = kinds.UPDATE_REPLACE if replaces else kinds.UPDATE
    return provider_pb2.PropertyDiff(kind=kind, inputDiff=True)
