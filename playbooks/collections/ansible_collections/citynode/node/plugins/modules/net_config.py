# Copyright: the citynode maintainers
"""Ansible's module over the network engine; it runs on the control node, with the interpreter that citynode lives in."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: net_config
author: The citynode maintainers
short_description: Bring routers to what the city says, through citynode's own engine
description:
  - Renders the routers' intended configuration, compares it with the running one, and applies what is missing in waves.
  - Each router is verified from outside and rolled back where it fails; journal, leases, approvals and audit trail are those of
    C(citynode net push).
  - Runs on the control node; use C(connection=local) and C(ansible_python_interpreter={{ ansible_playbook_python }}).
options:
  devices:
    description: The routers of this change. More than one go in citynode's own waves, so pass them together and C(run_once).
    type: list
    elements: str
    required: true
  city:
    description: A shipped city's name, or the path of a folder with one.
    type: str
  access:
    description: The access file.
    type: path
  author:
    description: Who acts, for approvals and the audit trail.
    type: str
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


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "devices": {"type": "list", "elements": "str", "required": True},
            "city": {"type": "str"},
            "access": {"type": "path"},
            "author": {"type": "str"},
        },
        supports_check_mode=True,
    )
    try:
        from ops.errors import CitynodeError
        from playbooks.door import net_config
    except ImportError as missing:
        module.fail_json(
            msg=f"this interpreter has no citynode ({missing}): set ansible_python_interpreter to that of ansible_playbook_python"
        )
    given = {key: module.params[key] for key in ("city", "access", "author")}
    try:
        found = net_config(given, module.params["devices"], check=module.check_mode)
    except CitynodeError as problem:
        module.fail_json(msg=str(problem), hint=problem.hint, exit_code=problem.exit_code)
    shown = found.pop("diff")
    module.exit_json(**found, diff={"prepared": shown})


if __name__ == "__main__":
    main()
