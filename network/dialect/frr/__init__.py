"""FRRouting as a dialect: interfaces and OSPF, shared gateways, BGP, the kernel's rules, and how their lines behave."""

from network.dialect.frr.speaker import Frr

__all__ = ["Frr"]
