"""SSH servers that talk as Huawei VRP 8, VRP 5 and H3C Comware 7 do, for tests of drivers and for mixed fleets.

They keep a configuration and take, refuse and print lines as the vendors' command lines do, with their traps. They forward no
packet: a router whose place one takes has a configuration and no routes. What is imitated comes from manuals and from other
people's drivers; nothing here has been compared with a device.
"""
