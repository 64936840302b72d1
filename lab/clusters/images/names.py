"""What the lab's own images are called. The registry is an example name (RFC 2606) that nothing answers to: nothing is pulled."""

from typing import Final

REGISTRY: Final = "registry.city.example"
PAUSE: Final = f"{REGISTRY}/pause:1"
APP: Final = f"{REGISTRY}/app:1"
