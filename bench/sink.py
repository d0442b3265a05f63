"""Where a load goes that costs nothing: nginx, which reads a request and answers 204."""

from __future__ import annotations

from provisioning.local import probes
from provisioning.local.programs import program, written
from provisioning.local.rows import Launch, Place, Row

CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 512; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen {address};
    location /healthz {{ return 200; }}
    location / {{ return 204; }}
  }}
}}
"""


def row() -> Row:
    """The sink as a row of the local stack."""

    def launch(place: Place) -> Launch:
        config = CONFIG.format(folder=place.directory, address=place.address("http"))
        file = written(place.directory / "nginx.conf", config)
        return Launch(command=(program("nginx"), "-p", str(place.directory), "-e", "stderr", "-c", str(file)))

    return Row(name="sink", ports={"http": 8099}, launch=launch, ready=probes.http("/healthz"))
