# Copyright: the citynode maintainers
"""Ansible's inventory from the city's data and the access file: routers and sites' hosts, by role and by place."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

DOCUMENTATION = """
name: city
author: The citynode maintainers
short_description: Routers and hosts of a citynode city
description:
  - Every router of the city and every host of its sites, at its address in the management network.
  - Groups are C(routers), C(sites), the routers' roles (C(cores), C(aggregation), C(towns), C(province_edge)) and places
    (C(place_haifeng) holds all routers of the county, its towns included).
  - Host keys are checked strictly, as citynode itself does.
options:
  plugin:
    description: The name of this plugin.
    required: true
    choices: [citynode.node.city]
  city:
    description: A shipped city's name, or the path of a folder with one; citynode's own settings decide if left out.
    type: str
    env: [{name: CITYNODE_CITY}]
  access:
    description: The access file; citynode's own settings decide if left out, such as the lab in use.
    type: str
    env: [{name: CITYNODE_ACCESS}]
"""

EXAMPLES = """
plugin: citynode.node.city
city: shanwei
"""


class InventoryModule(BaseInventoryPlugin):  # type: ignore[misc]
    """The inventory plugin."""

    NAME = "citynode.node.city"

    def verify_file(self, path: str) -> bool:
        """Whether the file may be ours: YAML."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:  # noqa: FBT001, FBT002 - Ansible's signature
        """Fill the inventory."""
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            from ops.errors import CitynodeError
            from playbooks.hosts import listing
        except ImportError as missing:
            raise AnsibleParserError(f"citynode is not installed in the interpreter that runs Ansible: {missing}") from missing
        try:
            found = listing(self._given())
        except CitynodeError as problem:
            raise AnsibleParserError(f"{problem}. {problem.hint}") from problem
        for host in found.hosts:
            self.inventory.add_host(host.name)
            for key, value in host.variables.items():
                self.inventory.set_variable(host.name, key, value)
        for group, members in found.groups.items():
            self.inventory.add_group(group)
            for member in members:
                self.inventory.add_child(group, member)

    def _given(self) -> dict[str, str | None]:
        return {key: self.get_option(key) for key in ("city", "access")}
