"""The proxies whose configuration is shipped, from the machine's own packages, before web processes of a test."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

from tests.servers.house import ROOT
from tests.servers.processes import Server, free_port

SHIPPED = ROOT / "docs" / "deploy"
# What Debian's own nginx.conf has around files of conf.d, with all that is written below one folder.
AROUND = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/webui.conf;
}}
"""


class Missing(Exception):
    """The program is not installed here."""


def program_of(name):
    """Where it is; `Missing` where it is not."""
    # Debian's nginx lies where only root looks.
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        raise Missing(f"{name} is not installed here")
    return program


@contextmanager
def proxy(name, folder, ports):
    """`name` is nginx or caddy; gives its `port`. Only addresses are changed, and no certificate is asked for."""
    program = program_of(name)
    folder = Path(folder, name)
    folder.mkdir(mode=0o755)
    port = free_port()
    text = (SHIPPED / {"nginx": "nginx.conf", "caddy": "Caddyfile"}[name]).read_text()
    for number, one in enumerate(ports, 1):
        text = text.replace(f"web-{number}:8000", f"127.0.0.1:{one}")
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    if name == "nginx":
        lines = [line for line in text.splitlines() if "ssl_certificate" not in line]
        (folder / "webui.conf").write_text("\n".join(lines).replace("443 ssl", f"127.0.0.1:{port}"))
        (folder / "main.conf").write_text(AROUND.format(folder=folder))
        command = [program, "-c", str(folder / "main.conf")]
    else:
        (folder / "Caddyfile").write_text("{\n\tadmin off\n}\n" + text)
        command = [program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
        environment["SITE"] = f":{port}"
    with (folder / "out.log").open("w") as log:
        server = Server(command, f"http://localhost:{port}/healthz", env=environment, stdout=log, stderr=log)
        try:
            server.start()
            yield SimpleNamespace(port=port)
        finally:
            server.stop()
