"""FRRouting as a dialect: interfaces and OSPF, shared gateways, BGP, the programs beside it, the kernel's rules, and how lines behave."""

from network.dialect.frr.speaker import Frr, of_vtysh

__all__ = ["Frr", "of_vtysh"]
