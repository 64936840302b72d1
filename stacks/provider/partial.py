"""An object that was made and isn't ready, as Pulumi's protocol says it: a failure that keeps the object's state.

The details of a gRPC status travel as a serialised google.rpc.Status in its trailing metadata; Pulumi looks in them for
`ErrorResourceInitFailed` (pulumi, sdk/go/common/resource/plugin/provider_plugin.go, parseError).
"""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as Packed
from pulumi.runtime.proto import provider_pb2, status_pb2


def details_of(id_: str, state: Any, request: Any, *, code: grpc.StatusCode, reason: str) -> tuple[str, bytes]:
    """The trailing metadata that say: it has this id and state, and this is why it isn't ready."""
    inputs = request.properties if isinstance(request, provider_pb2.CreateRequest) else request.news
    detail = Packed()
    detail.Pack(provider_pb2.ErrorResourceInitFailed(id=id_, properties=state, reasons=[reason], inputs=inputs))
    return "grpc-status-details-bin", status_pb2.Status(code=code.value[0], message=reason, details=[detail]).SerializeToString()
