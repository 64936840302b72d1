# Copyright: the citynode maintainers
"""Ansible's module over the network engine; it runs on the control node, with the interpreter that citynode lives in."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.citynode.node.plugins.module_utils.door import run  # type: ignore[import-not-found]

DOCUMENTATION = """
module: net_config
author: The citynode maintainers
short_description: Bring routers to what the city says, through citynode's own engine
description:
  - Renders the routers' intended configuration, compares it with the running one, and applies what is missing in waves.
  - Each router is verified from outside and rolled back where it fails; journal, leases, approvals and audit trail are those of
    C(citynode net push). A change that breaks promises of the plan is refused.
options:
  devices:
    description:
      - The routers of this change, by name, role or place.
      - More than one go in citynode's own waves, so pass them together and C(run_once).
    type: list
    elements: str
    required: true
  override:
    description: Why the change may break promises of the plan; kept in the audit trail.
    type: str
    default: ""
extends_documentation_fragment: citynode.node.door
attributes:
  check_mode:
    description: Says what would change and touches nothing.
    support: full
  diff_mode:
    description: Shows the lines that C(citynode net diff) shows.
    support: full
"""

EXAMPLES = """
- name: Bring a core router to what the city says
  citynode.node.net_config:
    devices: [core1]
"""

RETURN = """
change:
  description: The change's id in citynode's journal; empty if nothing was changed.
  type: str
  returned: success
plan:
  description: The plan's hash, which an approval names.
  type: str
  returned: success
"""


def work(given: dict[str, str | None], module: AnsibleModule) -> dict[str, Any]:
    """Push, or say what a push would change."""
    from playbooks.door import net_config

    found = net_config(given, module.params["devices"], check=module.check_mode, override=module.params["override"])
    return {**found, "diff": {"prepared": found["diff"]}}


def main() -> None:
    """Run the module."""
    run({"devices": {"type": "list", "elements": "str", "required": True}, "override": {"type": "str", "default": ""}}, work)


if __name__ == "__main__":
    main()
