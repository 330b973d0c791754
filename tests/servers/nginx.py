"""Web servers as `up` starts them, an nginx with the file of deploy/ before each, and people who ask from addresses."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

import requests
from django.db import connection
from requests.adapters import HTTPAdapter

from qsms_portal.starting import processes
from tests.servers.conftest import REPOSITORY, eventually

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
HOST = "portal.example.com"

MAIN = """
daemon off; user root; worker_processes 1; pid {0}/pid;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {0}/body; proxy_temp_path {0}/proxy; fastcgi_temp_path {0}/fastcgi;
    scgi_temp_path {0}/scgi; uwsgi_temp_path {0}/uwsgi;
    include {0}/*.site;
}}
"""


@dataclass(frozen=True)
class Portal:
    """The ports of one web server and of nginx before it."""

    direct: int
    http: int
    https: int
    certificate: Path


def environment(**variables):
    """Of a web server on this test's own database."""
    to = connection.get_connection_params()
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(REPOSITORY),
        "DATABASE_URL": f"postgres://{to['user']}:{to['password']}@/{to['dbname']}?host={to['host']}",
        "SECRET_KEY": "k" * 50, "QSMS_DLR_TOKEN": "secret", **variables,
    }  # fmt: skip


@contextlib.contextmanager
def running(folder, *environments, **changes):
    """A portal for each of these environments; `changes` are those of `_shipped`."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}",
         "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    ports = _free_ports(3 * len(environments))
    portals = [Portal(*ports[at : at + 3], certificate) for at in range(0, len(ports), 3)]
    (folder / "main.conf").write_text(MAIN.format(folder))
    for number, portal in enumerate(portals):
        (folder / f"{number}.site").write_text(_shipped(portal, key, **changes))
    webs = [processes.web(one, portal.direct) for one, portal in zip(environments, portals, strict=True)]
    started = [subprocess.Popen(web.argv, env=web.env, cwd=REPOSITORY) for web in webs]
    try:
        started.append(subprocess.Popen([NGINX, "-e", "stderr", "-p", folder, "-c", folder / "main.conf"]))
        for web, portal in zip(webs, portals, strict=True):
            eventually(web.ready, "the web server is ready")
            eventually(lambda port=portal.https: _listens(port), "nginx listens")
        yield portals
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=30)


def _free_ports(count):
    with contextlib.ExitStack() as probes:
        return [probes.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def _listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _shipped(portal, key, at_once=False):
    """The file of deploy/ with ports and a certificate of this test's own, and nothing else changed.

    `at_once`: bodies are handed on as they come, in pieces.
    """
    text = re.sub(r"\n *listen \[::\][^\n]*", "", (REPOSITORY / "deploy/nginx.conf").read_text())
    for theirs, ours in [
        ("listen 80;", f"listen 127.0.0.1:{portal.http};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{portal.https} ssl;"),
        ("http://127.0.0.1:8000;", f"http://127.0.0.1:{portal.direct};"),
        (f"/etc/letsencrypt/live/{HOST}/fullchain.pem", str(portal.certificate)),
        (f"/etc/letsencrypt/live/{HOST}/privkey.pem", str(key)),
        *([("proxy_http_version 1.1;", "proxy_http_version 1.1; proxy_request_buffering off;")] if at_once else []),
    ]:
        assert text.count(theirs) == 1, theirs
        text = text.replace(theirs, ours)
    return text


class _From(HTTPAdapter):
    """Connections from one address to whoever has the certificate of HOST."""

    def __init__(self, address):
        self._address = address
        super().__init__()

    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, source_address=(self._address, 0), server_hostname=HOST, **options)


class Somebody(requests.Session):
    """Who asks from an address of this computer: by `https` or `http` through nginx, or past it, `direct`."""

    def __init__(self, portal, address="127.0.0.2"):
        super().__init__()
        self.portal, self.trust_env, self.verify = portal, False, str(portal.certificate)
        self.headers.update({"Host": HOST, "Referer": f"https://{HOST}/"})
        for scheme in ("http://", "https://"):
            self.mount(scheme, _From(address))

    def ask(self, path, way="https", method="GET", **options):
        scheme = "https" if way == "https" else "http"
        url = f"{scheme}://127.0.0.1:{getattr(self.portal, way)}{path}"
        return self.request(method, url, allow_redirects=False, timeout=60, **options)

    def post(self, path, fields, way="https", **headers):
        return self.ask(path, way, "POST", data=fields, headers=headers)

    def sign_in(self, username, password, **headers):
        self.ask("/sign-in")
        fields = {"username": username, "password": password, "csrfmiddlewaretoken": self.cookies.get("csrftoken")}
        return self.post("/sign-in", fields, **headers)
