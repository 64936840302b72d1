"""A router's programs beside FRR: time, syslog, SNMP and logins, and who changes their files for the operators (`lab/logins/host.sh`).

As on a Debian router each program reads settings of its own and includes one file that is citynode's. Those that read their files
only at their start are started again when theirs changes (`lab/logins/again.sh`).
"""

from __future__ import annotations

from pathlib import Path

from lab.box import Box
from lab.errors import LabFailed
from lab.frr import daemons
from lab.logins import keys, sshd
from lab.logins.again import again, pid_file
from lab.services.programs import RSYSLOGD, chronyd, keep_log, keep_time
from ops.process import Command

GROUP = "frrvty"
"""Who asks for changes, and reads the files."""
AGENT, TIME, SYSLOG = "host", "chronyd", "rsyslogd"
"""What is started here, by the names under which it runs; SNMP and SSH have modules of their own."""
CHRONY_PID = "chrony-own.pid"


def folder(box: Box, node: str) -> Path:
    """Where the files that count lie; gone with the power, as on a router."""
    return daemons.folders(box, node)[1] / "host"


def file_of(box: Box, node: str, name: str) -> Path:
    """The file that a program includes."""
    return folder(box, node) / f"{name}.conf"


def restore(box: Box, node: str) -> None:
    """The files as they were last saved (`guard keep`), in place of those from before the power was lost; empty if none was."""
    Command(("/bin/sh", str(_script(box)), "restore", str(folder(box, node)), str(_saved(box, node)), GROUP), error=LabFailed).run()


def start(box: Box, node: str) -> None:
    """Start what doesn't run: time, syslog, and who changes the files."""
    state, here = box.dir(node, "host"), folder(box, node)
    if not box.alive(node, TIME):
        (state / CHRONY_PID).unlink(missing_ok=True)  # left by one that lost its power, and its number may be another process' by now
        config = state / "chrony.conf"
        config.write_text(chrony_config(box, node))
        again(box, node, TIME, keep_time(config))
    if not box.alive(node, SYSLOG):
        config = state / "rsyslog.conf"
        config.write_text(rsyslog_config(box, node))
        again(box, node, SYSLOG, keep_log(config))
    if not box.alive(node, AGENT):
        programs = state / "programs"
        programs.write_text(programs_script(box, node))
        again(box, node, AGENT, ("/bin/sh", str(_script(box)), str(here), str(_saved(box, node)), GROUP, str(programs)))


def chrony_config(box: Box, node: str) -> str:
    """What time servers are asked is in the file that it includes; the machine's clock is left alone (`-x`)."""
    private = box.dir(node, "host", "chrony")
    private.chmod(0o750)  # else chronyd makes no socket there
    socket, pid = private / "chronyd.sock", box.dir(node, "host") / CHRONY_PID
    return f"include {file_of(box, node, 'chrony')}\ncmdport 0\nbindcmdaddress {socket}\npidfile {pid}\n"


def rsyslog_config(box: Box, node: str) -> str:
    """The router's messages: from its own socket, FRR's daemons and the SSH server; kept here, and told to whom the included file says."""
    read = [("auth", "sshd"), *(("daemon", daemon) for daemon in daemons.daemons(box, node))]
    return "\n".join(
        [
            f'global(workDirectory="{box.dir(node, "host")}" localHostname="{node}" net.enableDNS="off")',
            'module(load="imuxsock" SysSock.Use="off")',
            f'input(type="imuxsock" Socket="{folder(box, node) / "log"}")',
            'module(load="imfile" mode="inotify")',
            *(
                f'input(type="imfile" File="{box.log(node, name)}" Tag="{name}:" Facility="{facility}" Severity="info" freshStartTail="on")'
                for facility, name in read
            ),
            f'action(type="omfile" file="{box.dir(node, "host") / "messages"}")',
            f'include(file="{file_of(box, node, "rsyslog")}" mode="optional")',
            "",
        ]
    )


def programs_script(box: Box, node: str) -> str:
    """How a file is proven, and how it comes to count.

    A program that doesn't run just now is being started, and reads the new file.
    """
    ssh = box.folder / "run" / node / "sshd"
    return "\n".join(
        [
            'case "$1 $2" in',
            f'"check chrony") {chronyd()} -p -f "$3" ;;',
            f'"check rsyslog") {RSYSLOGD} -N1 -f "$3" ;;',
            f'"check sshd") {sshd.PROGRAM} -t -f "$3" -h {keys.host_key(box, node)} ;;',
            f'"check snmpd") /bin/sh {sshd.shared(box) / "agent"} "$3" ;;',
            f'"count chrony") kill "$(cat {pid_file(box, node, TIME)})" 2>/dev/null || true ;;',
            f'"count rsyslog") kill "$(cat {pid_file(box, node, SYSLOG)})" 2>/dev/null || true ;;',
            f'"count snmpd") kill "$(cat {pid_file(box, node, "snmpd")})" 2>/dev/null || true ;;',
            f'"count sshd") kill -HUP "$(cut -d\' \' -f1 {ssh})" ;;',
            "*) exit 1 ;;",
            "esac",
            "",
        ]
    )


def _script(box: Box) -> Path:
    return sshd.shared(box) / "host"


def _saved(box: Box, node: str) -> Path:
    return daemons.folders(box, node)[0] / "host"
