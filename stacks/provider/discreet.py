"""Messages without secrets: what an API server quotes of a Secret that it refuses goes no further than this process."""

from __future__ import annotations

from typing import Any

from stacks.provider.rules import SECRET_KEYS
from stacks.provider.wire import to_python

HIDDEN = "[secret]"


def discreet(message: str, request: Any) -> str:
    """The message, with every value hidden that the request's object declares as secret by its kind."""
    for field in ("properties", "news"):
        struct = getattr(request, field, None)
        if struct is None or "kind" not in struct.fields:
            continue
        for key in SECRET_KEYS.get(struct.fields["kind"].string_value, ()):
            values = to_python(struct.fields[key].struct_value).values() if key in struct.fields else ()
            for value in sorted((str(value) for value in values), key=len, reverse=True):
                message = message.replace(value, HIDDEN) if value else message
    return message
