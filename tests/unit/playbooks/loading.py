"""The collection's helper modules as Ansible loads them: by their file, with nothing of ours around them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

UTILS = Path("playbooks/collections/ansible_collections/citynode/node/plugins/module_utils")


def load(name: str) -> ModuleType:
    """The helper module of this name."""
    spec = importlib.util.spec_from_file_location(f"citynode_{name}", UTILS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
