"""A centre as a plain Pulumi program, for `pulumi up` with the vendor's distribution. The declarations are in `stacks.declare.program`."""

import pulumi

from city.load import load_city
from stacks.declare.program import Target, deploy_centre
from stacks.engine.scope import Scope

config = pulumi.Config("citynode")
scope = Scope(tuple(name for name in (config.get("zones") or "").split(",") if name))
deploy_centre(load_city(config.require("city")), config.require("centre"), Target(config.require("kubeconfig")), scope)
