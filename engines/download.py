"""The vendor's official download, verified by the SHA-256 that the vendor publishes.

Refuses a file without a published sum and a file that differs from it. Without the internet it gives up within seconds.
"""

from __future__ import annotations

import hashlib
import platform
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Final

from engines.catalogue import Engine, Program
from engines.errors import EngineFailed
from ops.language import _
from ops.progress import Progress

PATIENCE: Final = 4.0
"""Seconds to wait for a connection or for the next bytes."""
MACHINES: Final = {"x86_64": ("amd64", "x64"), "aarch64": ("arm64", "arm64")}


class NotServed(EngineFailed):
    """The download isn't to be had from here: another source may do."""


class WrongSum(EngineFailed):
    """The file is not what the vendor published: somebody must look at it."""


def download(engine: Engine, programs: Iterable[Program], into: Path, progress: Progress) -> dict[str, Path]:
    """Fetch and verify the programs into a folder; raises NotServed where they can't be had."""
    if engine.release.is_archive:
        archive = _fetch(engine, engine.name, into / "archive", progress)
        return {program.name: _extract(archive, program.name, into) for program in programs}
    return {program.name: _fetch(engine, program.name, into / program.name, progress) for program in programs}


def addresses(engine: Engine, program: str, machine: str) -> tuple[str, str]:
    """The URLs of the file and of its sums."""
    if machine not in MACHINES:
        raise NotServed(_("{engine} is not published for {machine}").format(engine=engine.name, machine=machine))
    plain, short = MACHINES[machine]
    names = {
        "version": engine.version,
        "number": engine.version.removeprefix("v"),
        "program": program,
        "machine": plain,
        "machine_x": short,
    }
    return engine.release.url.format(**names), engine.release.sums.format(**names)


def published_sum(sums: str, file: str) -> str:
    """The sum of a file in what the vendor published: a bare sum, or lines of sum and name."""
    for line in sums.splitlines():
        words = line.split()
        if words and len(words[0]) == 64 and (len(words) == 1 or words[-1].lstrip("*") == file):
            return words[0].lower()
    raise NotServed(_("no published SHA-256 of {file}").format(file=file))


def _fetch(engine: Engine, program: str, target: Path, progress: Progress) -> Path:
    url, sums_url = addresses(engine, program, platform.machine())
    doing = _("{engine}: download of {program}").format(engine=engine.name, program=program)
    try:
        with _open(sums_url) as answer:
            wanted = published_sum(answer.read(1_000_000).decode(errors="replace"), url.rpartition("/")[2])
        with _open(url) as answer:
            found = _save(answer, target, doing, progress)
    except (urllib.error.URLError, HTTPException, TimeoutError, ConnectionError) as failed:
        raise NotServed(_("{url} can't be fetched").format(url=url), why=str(failed)) from failed
    if found != wanted:
        target.unlink()
        raise WrongSum(
            _("the download of {program} is not what its vendor published").format(program=program),
            why=_("SHA-256 {found}, published {wanted}").format(found=found, wanted=wanted),
            hint=_("try again; if it stays so, don't trust the network between here and {host}").format(host=url.split("/")[2]),
        )
    return target


def _open(url: str) -> HTTPResponse:
    if not url.startswith("https://"):
        raise NotServed(_("{url} is not https").format(url=url))
    response: HTTPResponse = urllib.request.urlopen(url, timeout=PATIENCE)  # noqa: S310 - https alone, checked above
    if not response.url.startswith("https://"):
        response.close()
        raise NotServed(_("{url} leads away from https").format(url=url), why=response.url)
    return response


def _save(answer: HTTPResponse, target: Path, doing: str, progress: Progress) -> str:
    total, done, digest = int(answer.headers.get("Content-Length") or 0), 0, hashlib.sha256()
    with target.open("wb") as file:
        while block := answer.read(1 << 20):
            file.write(block)
            digest.update(block)
            done += len(block)
            progress.step(doing, done=done >> 20, total=total >> 20)
    if done < total:  # a connection that was cut says nothing: the answer just ends
        raise NotServed(
            _("{file} came only in part").format(file=target.name), why=_("{done} of {total} bytes").format(done=done, total=total)
        )
    return digest.hexdigest()


def _extract(archive: Path, program: str, into: Path) -> Path:
    with tarfile.open(archive) as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isfile() and Path(member.name).name == program else None
            if source:
                target = into / program
                with target.open("wb") as file:
                    while block := source.read(1 << 20):
                        file.write(block)
                return target
    raise NotServed(_("{archive} holds no {program}").format(archive=archive.name, program=program))
