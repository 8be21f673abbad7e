"""The page behind an nginx that adds a path, and web pages of other sites that mean no good."""

import os
import shutil
import unittest

from harness import Process, free_port, http_request, wait_until
from page_fixture import PageScenario, needs_browser

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")

# As docs/guides/network-and-tls.md says it, but for the folders and the process.
CONFIGURATION = """
daemon off; worker_processes 1; error_log {folder}/error.log; pid {folder}/nginx.pid; {user}
events {{ worker_connections 64; }}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    proxy_http_version 1.1;
    proxy_set_header Host $http_host;
    location /post/ {{ proxy_pass http://127.0.0.1:{server}/; }}
    location /locked/ {{ proxy_pass http://127.0.0.1:{locked}/; }}
    location = /frame {{ default_type text/html; return 200 "<!doctype html><iframe></iframe>"; }}
  }}
}}
"""


@needs_browser
@unittest.skipUnless(NGINX, "nginx is missing: run tools/setup.sh --tests")
class PageProxy(PageScenario):
    def start_nginx(self, locked):
        folder = os.path.join(self.folder, "nginx")
        os.makedirs(folder)
        port = free_port()
        file = os.path.join(folder, "nginx.conf")
        with open(file, "w", encoding="utf-8") as output:
            output.write(CONFIGURATION.format(
                folder=folder, port=port, server=self.server.port, locked=locked.port,
                user="user root;" if os.getuid() == 0 else ""))
        nginx = Process([NGINX, "-c", file, "-e", os.path.join(folder, "start.log")],
                        os.path.join(folder, "nginx"))
        self.stack.callback(nginx.kill)
        wait_until(lambda: self.answers(port), 10, "nginx answers")
        return port

    @staticmethod
    def answers(port):
        try:
            return http_request(port, "GET", "/post/livez").status == 200
        except OSError:
            return False

    def test_a_proxy_that_adds_a_path_and_pages_of_other_sites(self):
        self.start()
        self.seed()
        locked = self.start_locked()
        port = self.start_nginx(locked)
        for path, text, to in (("/post/", "text/html", "ui/"), ("/post/ui", "*/*", "ui/")):
            answer = http_request(port, "GET", path, headers={"Accept": text})
            self.assertEqual((answer.status, answer.headers["Location"]), (302, to), answer)
        self.browse("proxy_test.mjs", proxied=f"http://127.0.0.1:{port}/post/ui/",
                    proxied_locked=f"http://127.0.0.1:{port}/locked/ui/",
                    key=self.keys["root"], frame=f"http://127.0.0.1:{port}/frame")
        self.assert_stops(locked)
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
