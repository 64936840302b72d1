"""`python -m stacks.provider [engine address]`: serve on a loopback port, print it, and end when the engine is gone."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from stacks.provider.servicer import KubernetesProvider

THREADS = 16
MESSAGE_BYTES = 64 * 1024 * 1024


def main() -> None:
    limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("receive", "send")]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=limits)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesProvider(THREADS), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    engine = os.getppid()
    while server.wait_for_termination(timeout=1.0) and os.getppid() == engine:
        pass  # wait_for_termination says True as long as the time limit ends it
    server.stop(grace=None)


if __name__ == "__main__":
    main()
