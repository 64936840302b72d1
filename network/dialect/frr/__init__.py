"""FRRouting as a dialect: interfaces and OSPF, shared gateways, BGP, and how their lines behave."""

from network.dialect.frr.speaker import Frr

__all__ = ["Frr"]
