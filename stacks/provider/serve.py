"""The provider behind a loopback port: in a process of its own, or in this one for a run that is small.

A process of its own costs a start of Python a centre, and has a processor to itself: right for a thousand objects. For the few of
one zone, or of a small centre, the start is the most of it; then pulumi starts a program that only says where this process serves.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from stacks.engine.plugin import PORT_VARIABLE
from stacks.provider.servicer import KubernetesProvider

if TYPE_CHECKING:
    from pulumi.automation import Workspace

THREADS = 16
FEW = 100
"""Objects of a run for which a process of its own isn't worth its start."""
MESSAGE_BYTES = 64 * 1024 * 1024


def start() -> tuple[grpc.Server, int]:
    """A server with a provider of its own, and its port."""
    limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(THREADS, thread_name_prefix="provider"), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesProvider(THREADS), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


@contextmanager
def beside(workspace: Workspace) -> Iterator[None]:
    """A provider in this process for the runs of this workspace, until the block ends."""
    server, port = start()
    before = workspace.env_vars
    workspace.env_vars = {**before, PORT_VARIABLE: str(port)}
    try:
        yield
    finally:
        workspace.env_vars = before
        server.stop(grace=None).wait()
