"""A network between processes and Redis that can be cut, frozen and slow."""

import selectors
import socket
import threading
import time
from contextlib import suppress


class Proxy:
    """Forwards connections of a TCP port to a Unix socket, from `start` to `close`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}"
        self._flows = threading.Event()
        self._flows.set()
        self._late = 0.0
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection; new ones can be made."""
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            for end in pair:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def freeze(self) -> None:
        """Let no byte through: connections stand, and nothing comes back."""
        self._flows.clear()

    def thaw(self) -> None:
        """Let bytes through again."""
        self._flows.set()

    def delay(self, seconds: float) -> None:
        """Hold every piece back for so long from now on."""
        self._late = seconds

    def close(self) -> None:
        """End it and every connection."""
        self.thaw()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._path)
            with self._lock:
                self._pairs.add((client, server))
            try:
                self._copy(client, server)
            finally:
                with self._lock:
                    self._pairs.discard((client, server))

    def _copy(self, client: socket.socket, server: socket.socket) -> None:
        other = {client: server, server: client}
        with selectors.DefaultSelector() as selector:
            for end in other:
                selector.register(end, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    received = key.fileobj.recv(1 << 16)
                    self._flows.wait()
                    if self._late:
                        time.sleep(self._late)
                    if not received or not self._forwards(received, key.fileobj, client):
                        return
                    other[key.fileobj].sendall(received)

    def _forwards(self, received: bytes, sender: socket.socket, client: socket.socket) -> bool:
        """Tell whether these bytes go on to the other end; if not, the connection breaks."""
        return True
