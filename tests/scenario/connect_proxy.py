"""A small HTTP proxy that knows CONNECT, for the scenarios (RFC 9110, 9.3.6; RFC 7617)."""

import base64
import contextlib
import socket
import socketserver
import threading


class ConnectProxy:
    """On a port of its own until close(). Names are looked up in `hosts`, and nowhere else."""

    def __init__(self, hosts, credentials=None):
        self.hosts = hosts  # "name:port" -> (host, port)
        self.credentials = credentials
        self.asked = []
        proxy = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                with contextlib.suppress(OSError):
                    proxy.serve(self.rfile, self.connection)

        class Threads(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self.server = Threads(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def serve(self, lines, client):
        method, target, _ = lines.readline().decode("ascii").split(" ", 2)
        fields = {}
        while (line := lines.readline().decode("latin-1").strip()):
            name, _, value = line.partition(":")
            fields[name.lower()] = value.strip()
        self.asked.append(f"{method} {target}")
        if not self.lets_in(fields):
            return client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                                  b"Proxy-Authenticate: Basic realm=\"proxy\"\r\n"
                                  b"Content-Length: 0\r\nConnection: close\r\n\r\n")
        if method != "CONNECT" or target not in self.hosts:
            return client.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n"
                                  b"Connection: close\r\n\r\n")
        with socket.create_connection(self.hosts[target], 5) as peer:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=self.copy, args=(peer, client), daemon=True)
            back.start()
            self.copy(client, peer)
            back.join()
        return None

    def lets_in(self, fields):
        if self.credentials is None:
            return True
        wanted = "Basic " + base64.b64encode(self.credentials.encode()).decode("ascii")
        return fields.get("proxy-authorization") == wanted

    @staticmethod
    def copy(source, sink):
        with contextlib.suppress(OSError):
            while (data := source.recv(65536)):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
