"""A network that can be cut: bytes are swallowed and nobody is told, as behind a dead switch or a
firewall that forgot the connection."""

import contextlib
import selectors
import socket
import threading


class Network:
    """Carries TCP connections to a database's socket. `cut` swallows all bytes without a FIN or
    RST; after `mend` new connections pass, and those that were open at the cut stay dead.
    """

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.lock = threading.Lock()
        self.peers = {}
        self.dead = []
        self.passing = True
        self.ending = False
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def cut(self):
        with self.lock:
            self.passing = False
            self.selector.unregister(self.listener)
            for one in list(self.peers):
                self.selector.unregister(one)
                # Kept open: a socket that is closed says so to its other side.
                self.dead.append(one)
            self.peers.clear()

    def mend(self):
        with self.lock:
            self.passing = True
            self.selector.register(self.listener, selectors.EVENT_READ)

    def close(self):
        self.ending = True
        self.thread.join(5)
        for one in [self.listener, *self.peers, *self.dead]:
            one.close()

    def run(self):
        while not self.ending:
            for key, _ in self.selector.select(0.05):
                with self.lock:
                    if not self.passing:
                        break
                    if key.fileobj is self.listener:
                        self.accept()
                    elif key.fileobj in self.peers:
                        self.carry(key.fileobj)

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.target)
        except OSError:
            client.close()
            return
        for one, other in ((client, server), (server, client)):
            self.peers[one] = other
            self.selector.register(one, selectors.EVENT_READ)

    def carry(self, one):
        other = self.peers[one]
        try:
            data = one.recv(1 << 16)
            if data:
                other.sendall(data)
                return
        except OSError:
            pass
        for end in (one, other):
            self.selector.unregister(end)
            del self.peers[end]
            with contextlib.suppress(OSError):
                end.close()
