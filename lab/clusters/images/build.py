"""The lab's images, made once and kept in the cache by what they are made of."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from city.model import City
from lab.clusters.images.debian import root_file_system
from lab.clusters.images.names import APP
from lab.clusters.images.oci import write_image
from lab.clusters.images.recipe import Recipe, recipes
from ops.folders import cache_dir
from ops.language import _
from ops.progress import Progress


@dataclass(frozen=True, slots=True)
class Image:
    """A finished image: its file, whose name changes with its content, and the names that it goes by."""

    names: tuple[str, ...]
    file: Path


def images(city: City, progress: Progress) -> tuple[Image, ...]:
    """Every image that a centre of the city needs; in the lab the reference application stands in for systems' own."""
    known = {recipe.name for recipe in recipes()}
    asked = sorted({system.workload.image for system in city.systems if system.workload} - known)
    return tuple(build(recipe, progress, also=asked if recipe.name == APP else ()) for recipe in recipes())


def build(recipe: Recipe, progress: Progress, *, also: Sequence[str] = ()) -> Image:
    """The recipe's image, from the cache if it is there."""
    folder = cache_dir() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    short = recipe.name.rpartition("/")[2].partition(":")[0]
    key = hashlib.sha256("\n".join([recipe.digest, *also]).encode()).hexdigest()[:16]
    target = folder / f"{short}-{key}.tar"
    if not target.is_file():
        with _alone(folder / f".{short}.lock"):
            if not target.is_file():
                progress.step(_("makes the image {name} from Debian packages").format(name=recipe.name))
                base = root_file_system(recipe.packages, folder) if recipe.packages else None
                write_image(recipe, base, target, also)
    return Image((recipe.name, *also), target)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time makes an image; the others find it made."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
