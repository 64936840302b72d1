"""A change of routers, from the plan in waves to what became of each: on trial, written down before it is done, and taken back alike."""
