"""Who answers for what: owner and operator apart (管运分离), every duty held, every room a department's."""

from __future__ import annotations

from collections.abc import Iterator

from city.finding import Finding, Path
from city.model import City, ContactRole, OrganisationKind, SiteKind
from ops.language import _


def owner_and_operator_apart(city: City) -> Iterator[Finding]:
    """There is one owner and one operator, and who approves belongs to the owner."""
    kinds = {item.name: item.kind for item in city.organisations}
    for kind in (OrganisationKind.OWNER, OrganisationKind.OPERATOR):
        count = sum(found is kind for found in kinds.values())
        if count != 1:
            yield Finding(
                "owner",
                _("the city has {count} organisations of kind '{kind}'").format(count=count, kind=kind),
                _("give it exactly one"),
                ("organisations",),
            )
    for index, contact in enumerate(city.contacts):
        if contact.role is ContactRole.APPROVER and kinds[contact.organisation] is OrganisationKind.OPERATOR:
            yield Finding("owner", _("the operator can't approve what it executes itself"), _("let the owner approve"), ("contacts", index))


def duties_are_held(city: City) -> Iterator[Finding]:
    """The owner of every system, and of every exemption from IPv6, is a duty that somebody holds."""
    held = {contact.role for contact in city.contacts}
    for index, system in enumerate(city.systems):
        if system.owner not in held:
            yield _nobody(system.owner, ("systems", index, "owner"))
    for index, exempt in enumerate(city.ipv6_exemptions):
        if exempt.owner not in held:
            yield _nobody(exempt.owner, ("ipv6_exemptions", index, "owner"))


def rooms_belong(city: City) -> Iterator[Finding]:
    """A room belongs to a department that has one, and a department with a room has a site."""
    has_room = {item.name for item in city.organisations if item.has_room}
    rooms = {site.organisation for site in city.sites if site.kind is SiteKind.ROOM}
    for index, site in enumerate(city.sites):
        if site.kind is SiteKind.ROOM and site.organisation not in has_room:
            yield Finding(
                "room",
                _("'{name}' belongs to no department that has a room").format(name=site.name),
                _("set has_room on its department"),
                ("sites", index),
            )
    for index, item in enumerate(city.organisations):
        if item.has_room and item.name not in rooms:
            yield Finding(
                "room",
                _("'{name}' has a room, but no site is its").format(name=item.name),
                _("add the room to sites"),
                ("organisations", index),
            )


def exemptions_are_allowed_by_others(city: City) -> Iterator[Finding]:
    """Nobody allows the operator to break a rule but an organisation that isn't the operator; the duty that mends it is held."""
    kinds = {item.name: item.kind for item in city.organisations}
    held = {contact.role for contact in city.contacts}
    for index, exemption in enumerate(city.exemptions):
        if kinds[exemption.approver] is OrganisationKind.OPERATOR:
            yield Finding(
                "exemption",
                _("the operator can't exempt what it operates itself"),
                _("let the owner approve"),
                ("exemptions", index, "approver"),
            )
        if exemption.owner not in held:
            yield _nobody(exemption.owner, ("exemptions", index, "owner"))


def _nobody(owner: ContactRole, where: Path) -> Finding:
    return Finding(
        "no-owner",
        _("nobody holds the duty '{owner}'").format(owner=owner),
        _("add {{role: {owner}, organisation: …}} to contacts").format(owner=owner),
        where,
    )
