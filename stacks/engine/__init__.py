"""Pulumi as we run it: the Automation API, the program behind it, its state, locks, events and failures."""
