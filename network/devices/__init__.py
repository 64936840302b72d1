"""Devices and hosts as we reach them: sessions over SSH, shells, probes, many at once, and the ones in memory that tests use."""
