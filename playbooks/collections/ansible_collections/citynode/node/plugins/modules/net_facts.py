# Copyright: the citynode maintainers
"""Ansible's module that asks routers about themselves; changes nothing."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.door import run  # type: ignore[import-not-found]

DOCUMENTATION = """
module: net_facts
author: The citynode maintainers
short_description: Ask routers for their software, uptime, interfaces and neighbours
description:
  - Asks over SSH, read only, in each router's own language, as C(citynode net facts) does.
options:
  devices:
    description: The routers to be asked, by name, role or place.
    type: list
    elements: str
    required: true
extends_documentation_fragment: citynode.node.door
attributes:
  check_mode:
    description: Asks as well; nothing is ever changed.
    support: full
  diff_mode:
    description: There is nothing to show.
    support: none
"""

EXAMPLES = """
- name: Ask both cores
  citynode.node.net_facts:
    devices: [core1, core2]
  register: cores
"""

RETURN = """
routers:
  description: Each router's facts by its name.
  type: dict
  returned: success
  sample: {core1: {version: 8.4.4, neighbours_v4: 9, neighbours_v6: 9}}
"""


def work(given: dict[str, str | None], module: AnsibleModule) -> dict[str, Any]:
    """Ask, and give each router's facts."""
    from playbooks.door import net_facts

    return net_facts(given, module.params["devices"])


def main() -> None:
    """Run the module."""
    run({"devices": {"type": "list", "elements": "str", "required": True}}, work)


if __name__ == "__main__":
    main()
