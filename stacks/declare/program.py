"""The Pulumi program of a centre: one function, run in process by `citynode stack` and by `stacks/centre/__main__.py`.

It only declares. What is declared comes from the pure functions of `foundation`, `placement` and `zone`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import pulumi
import pulumi_kubernetes as kubernetes

from city.model import City
from stacks.declare.foundation import foundation_objects
from stacks.declare.manifest import Manifest
from stacks.declare.placement import Zone, centre_named, zones_at
from stacks.declare.zone import zone_objects
from stacks.engine.scope import COMPONENT, EVERYTHING, Scope

_OPTIONS = pulumi.ResourceOptions(version=version("pulumi-kubernetes"))


@dataclass(frozen=True, slots=True)
class Target:
    """The cluster that a program is run against; `identity` tells one cluster from another that took its place."""

    kubeconfig: str
    identity: str = ""


class LandingZone(pulumi.ComponentResource):
    """A system's zone in a centre: its namespace and what goes with it.

    The namespace is protected: a declaration that forgot it never deletes what runs in it (`CentreStack.destroy` lifts that).
    """

    def __init__(self, zone: Zone, city: City, provider: kubernetes.Provider) -> None:
        super().__init__(COMPONENT, zone.name, opts=pulumi.ResourceOptions(providers=[provider]))
        first, *others = zone_objects(zone, city)
        space = declare(first, pulumi.ResourceOptions(parent=self, protect=True))
        for manifest in others:
            declare(manifest, pulumi.ResourceOptions(parent=self, depends_on=[space], deleted_with=space))
        self.register_outputs({})


def deploy_centre(city: City, centre: str, target: Target, scope: Scope = EVERYTHING) -> None:
    """Declare what a centre is: its foundation and the landing zones of its systems, or of those in scope."""
    site = centre_named(city, centre)
    zones = zones_at(city, site)
    provider = kubernetes.Provider(
        centre,
        kubeconfig=target.kubeconfig,
        cluster_identifier=f"{city.name}/{centre}",
        enable_server_side_apply=True,
        upsert_existing_objects=True,
    )
    spaces: dict[str, pulumi.CustomResource] = {}
    for manifest in foundation_objects(city):
        space = spaces.get(manifest.namespace)
        made = declare(manifest, pulumi.ResourceOptions(provider=provider, depends_on=[space] if space else None, deleted_with=space))
        if manifest.kind == "Namespace":
            spaces[manifest.name] = made
    for zone in zones:
        if scope.holds(zone.name):
            LandingZone(zone, city, provider)
    pulumi.export("centre", centre)
    pulumi.export("cluster", target.identity)
    pulumi.export("zones", [zone.name for zone in zones])


def declare(manifest: Manifest, options: pulumi.ResourceOptions) -> pulumi.CustomResource:
    """One Kubernetes resource; its name in Pulumi is the object's path, so that it never collides.

    It goes by its type's token: to Pulumi the same as the SDK's class of that kind, whose modules take a second to load.
    """
    title = f"{manifest.namespace}/{manifest.name}" if manifest.namespace else manifest.name
    return pulumi.CustomResource(token(manifest), title, manifest.body, pulumi.ResourceOptions.merge(options, _OPTIONS))


def token(manifest: Manifest) -> str:
    """The resource's type as Pulumi's Kubernetes package names it: `kubernetes:core/v1:Namespace`."""
    group = manifest.api_version if "/" in manifest.api_version else f"core/{manifest.api_version}"
    return f"kubernetes:{group}:{manifest.kind}"
