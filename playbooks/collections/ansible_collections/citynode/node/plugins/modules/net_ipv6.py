# Copyright: the citynode maintainers
"""Ansible's module that gives places IPv6, or takes it from them, through citynode's own engine."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.door import run  # type: ignore[import-not-found]

DOCUMENTATION = """
module: net_ipv6
author: The citynode maintainers
short_description: Roll IPv6 out to a county, a zone or the whole city
description:
  - Routers in waves, names, both families measured, every IPv4 packet of the watching towns counted, as C(citynode net ipv6 rollout)
    does. A failure puts everything back.
options:
  place:
    description: The county or zone; the whole city, if left out.
    type: str
    default: ""
  state:
    description: Whether the place is to have IPv6.
    type: str
    choices: [present, absent]
    default: present
extends_documentation_fragment: citynode.node.door
attributes:
  check_mode:
    description: Says what would change and touches nothing.
    support: full
  diff_mode:
    description: Shows the lines of every router.
    support: full
"""

EXAMPLES = """
- name: Give a county IPv6
  citynode.node.net_ipv6:
    place: haifeng
"""

RETURN = """
change:
  description: The change's id in citynode's journal; empty if nothing was changed.
  type: str
  returned: success
ipv4_probes_lost:
  description: Packets of IPv4 that were lost meanwhile.
  type: int
  returned: when something was changed
"""


def work(given: dict[str, str | None], module: AnsibleModule) -> dict[str, Any]:
    """Roll out or withdraw, or say what that would change."""
    from playbooks.door import net_ipv6

    found = net_ipv6(given, module.params["place"], is_wanted=module.params["state"] == "present", check=module.check_mode)
    return {**found, "diff": {"prepared": found["diff"]}}


def main() -> None:
    """Run the module."""
    run({"place": {"type": "str", "default": ""}, "state": {"type": "str", "choices": ["present", "absent"], "default": "present"}}, work)


if __name__ == "__main__":
    main()
