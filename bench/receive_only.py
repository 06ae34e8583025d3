"""``python -m bench.receive_only FOLDER URL...``: receives what cameras send and writes it as it came.

The floor of every recorder: one thread, ten reads a second of each connection, one write for each read.
"""

import os
import socket
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

from sereno.cameras.rtsp.dialogue import Wish
from sereno.cameras.rtsp.media import Described
from sereno.cameras.rtsp.session import RtspSession
from sereno.runtime.process import stop_on_signals

EVERY_S = 0.1


def main(folder: Path, urls: list[str]) -> None:
    stop = stop_on_signals()
    flags = os.O_WRONLY | os.O_CREAT
    open_ = [(_playing(url), os.open(folder / str(number), flags)) for number, url in enumerate(urls)]
    buffer = memoryview(bytearray(1 << 20))
    while not stop.wait(EVERY_S):
        for connection, file in open_:
            try:
                size = connection.recv_into(buffer)
            except BlockingIOError:
                continue
            os.write(file, buffer[:size])


def _playing(url: str) -> socket.socket:
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname or "", address.port or 554), timeout=10)
    session = RtspSession(url, Wish(lambda: "0"))
    began_s = time.monotonic()
    while not session.playing and time.monotonic() - began_s < 10:
        connection.sendall(session.to_send())
        for event in session.receive(connection.recv(65_536)):
            if isinstance(event, Described):
                session.set_up()
    connection.setblocking(False)
    return connection


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
