"""An image of one layer as an OCI image layout in a tar (OCI Image Format Specification 1.0), which `ctr images import` reads.

Times and owners are set to zero, so that the same content has the same digest.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from lab.clusters.images.recipe import FileIn, Recipe

MEDIA: Final = "application/vnd.oci.image"
MACHINES: Final = {"x86_64": "amd64", "aarch64": "arm64"}
FOLDERS: Final = (("tmp", 0o1777), ("etc", 0o755), ("proc", 0o755), ("sys", 0o755), ("dev", 0o755))
PASSWD: Final = b"root:x:0:0::/:/sbin/nologin\napp:x:10001:10001::/tmp:/sbin/nologin\n"


def write_image(recipe: Recipe, base: Path | None, target: Path, also: Sequence[str] = ()) -> Path:
    """Write the image, on top of a root file system if there is one; `also` are further names that it goes by."""
    layer = target.with_name(f".{target.name}.{os.getpid()}.layer")
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _write_layer(recipe.files, base, layer)
        with tarfile.open(fresh, "w") as tar:
            layer_entry = _add_blob(tar, layer, f"{MEDIA}.layer.v1.tar")
            config = _add_json(tar, _config(recipe, layer_entry["digest"]), f"{MEDIA}.config.v1+json")
            manifest = {"schemaVersion": 2, "mediaType": f"{MEDIA}.manifest.v1+json", "config": config, "layers": [layer_entry]}
            entry = _add_json(tar, manifest, f"{MEDIA}.manifest.v1+json")
            named = [{**entry, "annotations": {"io.containerd.image.name": name}} for name in (recipe.name, *also)]
            _add(tar, "index.json", json.dumps({"schemaVersion": 2, "manifests": named}).encode())
            _add(tar, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
        fresh.replace(target)
    finally:
        layer.unlink(missing_ok=True)
        fresh.unlink(missing_ok=True)
    return target


def _config(recipe: Recipe, diff: str) -> dict[str, Any]:
    run: dict[str, Any] = {
        "User": recipe.user,
        "Entrypoint": list(recipe.argv),
        "Env": ["PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", *recipe.env],
        "WorkingDir": "/tmp",  # noqa: S108 - inside the image
    }
    if recipe.port:
        run["ExposedPorts"] = {f"{recipe.port}/tcp": {}}
    machine = MACHINES.get(platform.machine(), platform.machine())
    return {"architecture": machine, "os": "linux", "config": run, "rootfs": {"type": "layers", "diff_ids": [diff]}}


def _write_layer(files: Sequence[FileIn], base: Path | None, target: Path) -> None:
    with tarfile.open(target, "w") as layer:
        seen = set()
        for info, content in _members(base):
            seen.add(info.name)
            layer.addfile(info, content)
        for path, mode in FOLDERS:
            if path not in seen:
                layer.addfile(_folder(path, mode))
        if "etc/passwd" not in seen:
            _add(layer, "etc/passwd", PASSWD)
        for file in files:
            for parent in reversed(Path(file.path).parents[:-1]):
                if str(parent) not in seen:
                    seen.add(str(parent))
                    layer.addfile(_folder(str(parent), 0o755))
            info = _plain(tarfile.TarInfo(file.path))
            info.mode, info.size = file.mode, len(file.content)
            if file.link:
                info.type, info.linkname, info.size = tarfile.SYMTYPE, file.link, 0
            layer.addfile(info, io.BytesIO(file.content))


def _members(base: Path | None) -> Iterator[tuple[tarfile.TarInfo, Any]]:
    """What of the root file system belongs into an image: no devices, and names without the leading dot."""
    if base is None:
        return
    with tarfile.open(base) as tar:
        for info in tar:
            content = tar.extractfile(info) if info.isreg() else None
            info.name = info.name.removeprefix("./")
            if info.islnk():
                info.linkname = info.linkname.removeprefix("./")
            if info.name not in {"", "."} and not info.isdev():
                yield _plain(info), content


def _folder(path: str, mode: int) -> tarfile.TarInfo:
    info = _plain(tarfile.TarInfo(path))
    info.type, info.mode = tarfile.DIRTYPE, mode
    return info


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mtime = 0
    info.pax_headers = {}
    return info


def _add_blob(tar: tarfile.TarFile, path: Path, media: str) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
        info = _plain(tarfile.TarInfo(f"blobs/sha256/{digest}"))
        info.size = size
        file.seek(0)
        tar.addfile(info, file)
    return {"mediaType": media, "digest": f"sha256:{digest}", "size": size}


def _add_json(tar: tarfile.TarFile, content: dict[str, Any], media: str) -> dict[str, Any]:
    data = json.dumps(content, sort_keys=True).encode()
    digest = hashlib.sha256(data).hexdigest()
    _add(tar, f"blobs/sha256/{digest}", data)
    return {"mediaType": media, "digest": f"sha256:{digest}", "size": len(data)}


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = _plain(tarfile.TarInfo(name))
    info.size = len(data)
    tar.addfile(info, io.BytesIO(data))
