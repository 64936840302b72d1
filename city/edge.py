"""The city's content edges (CDN): which site keeps copies of which systems' pages near their readers."""

from __future__ import annotations

from pydantic import Field

from city.base import CityModel, Name


class Edge(CityModel):
    """A cache in front of systems: readers follow its name, in both families; it follows the systems' own names."""

    name: Name
    site: Name = Field(description="Where it stands: it listens on the site's own addresses.")
    port: int = Field(default=80, gt=0, lt=65536)
    systems: tuple[Name, ...] = Field(min_length=1, description="Whose pages it may keep.")
    keep_seconds: int = Field(default=10, gt=0, description="How long a page is served without asking the system again.")
