"""The city as it is with a private network's routers among its own: what the network's engine plans and pushes with. Pure.

They count as town routers: each is a canary of its own, and nothing else hangs on it.
"""

from __future__ import annotations

from collections.abc import Iterable

from city.model import Attachment, City, PlaceKind, PrivateNetwork, PrivateRouter, Router, RouterRole


def with_network(city: City, network: PrivateNetwork) -> City:
    """The city after the merger, as far as routers are concerned."""
    return city.model_copy(update={"routers": (*city.routers, *routers_of(city, network.routers))})


def routers_of(city: City, routers: Iterable[PrivateRouter]) -> tuple[Router, ...]:
    """Private routers as the extranet's engine knows routers."""
    place = next(place.name for place in city.places if place.kind is PlaceKind.CITY)
    return tuple(
        Router(
            name=router.name,
            role=RouterRole.TOWN,
            place=place,
            dialect=router.dialect,
            loopback=router.loopback,
            management=router.management,
        )
        for router in routers
    )


def attachment_of(city: City, router: PrivateRouter) -> Attachment:
    """Where the router enters its plane."""
    return next(entry for entry in city.extranet.attachments if entry.name == router.attachment)
