"""psycopg as one zip for a site whose python3 has none: its pure Python part, which talks to the site's own libpq."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def psycopg_bundle() -> bytes:
    """The zip; it works with every python3 from 3.10 on where `libpq.so.5` is installed."""
    import psycopg
    import typing_extensions

    package = Path(psycopg.__file__).parent
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sorted(package.rglob("*.py")):
            archive.write(source, f"psycopg/{source.relative_to(package)}")
        archive.write(typing_extensions.__file__, "typing_extensions.py")
    return packed.getvalue()
