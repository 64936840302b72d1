"""Our hand on another host: does small things there as long as the SSH session that it was sent over lasts.

Needs Python 3 alone and nothing of ours. One process serves a whole move, because starting a program for every question
takes longer than the question, and in a cutover users wait. It reads a request a line and answers a line, many at once;
when its session ends it ends, with all that it runs for it (what it was asked to `start` goes on).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_lock = threading.Lock()


def write(path: str, text: str) -> None:
    """A file readable by its owner only, whole or not at all."""
    goal = Path(path)
    goal.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = goal.with_name(goal.name + ".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    fresh.replace(goal)


def read(path: str) -> str:
    """A file's text; empty if there is none."""
    try:
        return Path(path).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def lines(path: str) -> int:
    """How many whole lines a file has."""
    return read(path).count("\n")


def alive(folder: str) -> bool:
    """Whether the program of this folder runs: from its first moment to its last it holds a lock there."""
    try:
        with Path(folder, "running").open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def start(folder: str, source: str, arguments: list[str]) -> None:
    """The folder's program runs, and only once, whoever starts it and whoever is killed meanwhile."""
    with Path(folder, "lock").open("w") as lock, Path(folder, "running").open("ab") as running, Path(folder, "log").open("ab") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        while not alive(folder):
            try:
                fcntl.flock(running, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue  # somebody is just looking whether it runs
            Path(folder, "stop").unlink(missing_ok=True)
            Path(folder, "pid").unlink(missing_ok=True)
            argv = ["sh", "-c", 'echo $$ >"$0" && exec "$@"', f"{folder}/pid", sys.executable, f"{folder}/{source}", *arguments]
            subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, pass_fds=[running.fileno()])


def stop(folder: str, seconds: float) -> None:
    """It ends by itself when asked, or is ended."""
    if not Path(folder).is_dir():
        return
    write(f"{folder}/stop", "")
    if not _ended(folder, seconds):
        _end(folder)


def _ended(folder: str, seconds: float) -> bool:
    """Whether it is over within so many seconds."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.1)):
        if not alive(folder):
            return True
        pause.wait(0.1)
    return not alive(folder)


def _end(folder: str) -> None:
    """It is over, if it must be by force."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        if alive(folder):
            pid = read(f"{folder}/pid").strip()  # empty while it is just being started
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), how)
            _ended(folder, 3)


def remove(path: str) -> None:
    """Nothing is left of a folder."""
    shutil.rmtree(path, ignore_errors=True)


def kill(folder: str) -> None:
    """The folder's program is ended and the folder gone."""
    _end(folder)
    remove(folder)


def own(path: str, user: int) -> None:
    """The folder is there and belongs to the user."""
    Path(path).mkdir(parents=True, exist_ok=True)
    os.chown(path, user, user)


def note_owners(folder: str, book: str) -> None:
    """Write down whose everything below the folder is; once, so that what is written there afterwards doesn't count."""
    if not Path(book).exists():
        found = {}
        for name, path in _below(folder):
            with contextlib.suppress(FileNotFoundError):  # somebody's file of a moment
                here = path.lstat()
                found[name] = [here.st_uid, here.st_gid]
        write(book, json.dumps(found))


def restore_owners(folder: str, book: str) -> None:
    """All below the folder is whose it was, and what came since is whose the folder around it is."""
    known = json.loads(read(book))
    for name, path in _below(folder):
        with contextlib.suppress(FileNotFoundError):
            here, around = path.lstat(), path.parent.lstat()
            user, group = known.get(name) or (around.st_uid, around.st_gid)
            if (here.st_uid, here.st_gid) != (user, group):
                os.chown(path, user, group, follow_symlinks=False)


def _below(folder: str) -> list[tuple[str, Path]]:
    """Everything below the folder by name, folders before what is in them."""
    return [(str(path.relative_to(folder)), path) for path in sorted(Path(folder).rglob("*"))]


def room(path: str) -> int:
    """Free bytes where the path is or will be."""
    place = Path(path)
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free


def sizes(folder: str) -> list[int]:
    """How many files there are below the folder, and how many bytes; -1 if there is no such folder."""
    if not Path(folder).is_dir():
        return [0, -1]
    found = [path.lstat().st_size for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink()]
    return [len(found), sum(found)]


def manifest(folder: str, without: str) -> list[str]:
    """Every file with the hash of its content and every link with its goal, by name."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        name = str(path.relative_to(folder))
        if without in path.parts:
            continue
        if path.is_symlink():
            found.append(f"-> {path.readlink()}  {name}")
        elif path.is_file():
            with path.open("rb") as file:
                found.append(
                    f"{hashlib.file_digest(file, 'sha256').hexdigest() if hasattr(hashlib, 'file_digest') else _digest(file)}  {name}"
                )
    return found


def _digest(file: Any) -> str:
    summed = hashlib.sha256()
    while content := file.read(1 << 20):
        summed.update(content)
    return summed.hexdigest()


def run(argv: list[str], stdin: str, seconds: float) -> list[Any]:
    """Exit code, output and complaints of a program."""
    try:
        done = subprocess.run(argv, input=stdin.encode(), capture_output=True, timeout=seconds, check=False, cwd="/")
    except subprocess.TimeoutExpired:
        return [-1, "", "timeout"]
    except OSError as missing:
        return [127, "", str(missing)]
    return [done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")]


VERBS = {
    each.__name__: each
    for each in (write, read, lines, alive, start, stop, remove, kill, own, note_owners, restore_owners, room, sizes, manifest, run)
}


def serve(number: int, verb: str, arguments: list[Any]) -> None:
    try:
        answer: dict[str, Any] = {"id": number, "value": VERBS[verb](*arguments)}
    except OSError as problem:
        answer = {"id": number, "error": str(problem)}
    with _lock:
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def main() -> None:
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        threading.Thread(target=serve, args=(asked["id"], asked["verb"], asked["arguments"]), daemon=True).start()
    os.killpg(0, signal.SIGKILL)


main()
