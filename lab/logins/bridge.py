"""Join a login with a device's own command line, which listens on a socket: sshd's forced command where a vendor's server stands.

    python3 -I bridge.py SOCKET

Standard library only, and started for every login: it imports as little as it can.
"""

import os
import select
import socket
import sys
import termios
import tty


def main(path: str) -> int:
    """Copy both ways until one side ends."""
    if os.isatty(0):
        tty.setraw(0, termios.TCSANOW)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(path)
        while True:
            readers: list[int | socket.socket] = [0, line]
            ready, _writable, _faulty = select.select(readers, [], [])
            if line in ready:
                data = line.recv(65536)
                if not data:
                    return 0
                os.write(1, data)
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    return 0
                line.sendall(data)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
