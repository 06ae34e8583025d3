"""Viewers that only read: ``python -m bench.live_viewers PORT``, a list of tickets on standard input.

Prints the bytes of each second. It speaks just enough WebSocket to show its tickets, so that its own work stays small.
"""

import json
import select
import socket
import sys
import time

_UPGRADE = (
    "GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def join(port: int, ticket: str) -> socket.socket:
    viewer = socket.create_connection(("127.0.0.1", port), timeout=10)
    viewer.sendall(_UPGRADE.encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += viewer.recv(1)
    text = json.dumps({"ticket": ticket}).encode()
    viewer.sendall(b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text)  # a mask of zeros changes nothing
    viewer.setblocking(False)
    return viewer


def main() -> None:
    port = int(sys.argv[1])
    poll = select.epoll()
    viewers = {
        viewer.fileno(): viewer for viewer in (join(port, ticket) for ticket in json.loads(sys.stdin.readline()))
    }
    for number in viewers:
        poll.register(number, select.EPOLLIN)
    buffer = bytearray(1 << 20)
    total, due_s = 0, time.monotonic() + 1
    while True:
        for number, _event in poll.poll(0.2):
            total += viewers[number].recv_into(buffer)
        if time.monotonic() >= due_s:
            sys.stdout.write(f"{total}\n")
            sys.stdout.flush()
            total, due_s = 0, due_s + 1


if __name__ == "__main__":
    main()
