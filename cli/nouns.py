"""The table of nouns: what `citynode` can be asked about, and the module that answers, imported only then."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NounEntry:
    module: str
    help: str


NOUNS: dict[str, NounEntry] = {
    "city": NounEntry("cli.city", "The city as data: check it, show it, compare two, begin a new one."),
    "engines": NounEntry("cli.engines", "Pulumi and Kubernetes as programs: found, fetched or built."),
    "lab": NounEntry("cli.lab", "The city in a box: up, status, break, heal, down."),
    "stack": NounEntry("cli.stack", "The centres by Pulumi: preview, up, drift, refresh, destroy."),
    "zone": NounEntry("cli.zone", "Landing zones: list, request, quota, freeze, review."),
    "policy": NounEntry("cli.policy", "The city's policies: the rules, what breaks them, who is exempt."),
    "net": NounEntry("cli.net", "The extranet: diff, push, verify, roll back, roll out IPv6."),
    "migrate": NounEntry("cli.migrate", "Systems' moves to the cloud: slots, waves, runs."),
    "dr": NounEntry("cli.dr", "Disaster recovery: status, drills, reports."),
    "mon": NounEntry("cli.mon", "Monitoring: poll, serve, who uses the bandwidth."),
    "approve": NounEntry("cli.approve", "Plans that wait for somebody else's approval."),
    "ops": NounEntry("cli.ops", "Operations that were begun: list, resume, abandon, history."),
    "audit": NounEntry("cli.audit", "The trail of everything that was done: show it, verify it."),
    "config": NounEntry("cli.config", "Settings, and where each came from."),
    "completion": NounEntry("cli.completion", "A shell's completion script."),
}
