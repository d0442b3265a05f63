"""The demo, from nothing to patients whose values arrive: what is started, in which order, and what is told."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from provisioning import secrets
from provisioning.local import alertmanager, chevet, grafana, homes, mailbox, page, phone, prometheus, rabbitmq, wards
from provisioning.local.console import Progress, tunnel
from provisioning.local.history import History
from provisioning.local.programs import written
from provisioning.local.registration import PAST_SECONDS, Registrar
from provisioning.local.residents import residents
from provisioning.local.rows import Row
from provisioning.local.site import site
from provisioning.local.supervisor import Supervisor
from provisioning.render.install import install

SHOWN = ("page", "prometheus", "alertmanager", grafana.NAME)
"""Rows that a person opens in a browser."""


def server_rows(keys: Path) -> tuple[Row, ...]:
    """What a data centre would run, and the page."""
    return (
        rabbitmq.row(homes.broker_accounts(keys)),
        prometheus.row(with_rules=True),
        alertmanager.row(with_routes=True),
        mailbox.MAILBOX,
        chevet.service(keys, lead_seconds=-PAST_SECONDS),
        page.row(keys),
    )


def home_rows(keys: Path) -> tuple[Row, ...]:
    return tuple(row for home in homes.HOMES for row in homes.rows(home, keys))


class Demo:
    """One run of it, in a directory of its own."""

    def __init__(self, directory: Path, progress: Progress) -> None:
        self.progress = progress
        self.keys = directory.absolute() / "secrets"
        self.stack = Supervisor(directory, progress.note)
        self._people = self.stack.directory / "residents.json"
        installed = grafana.found()
        self._grafana = () if installed is None else (grafana.row(installed, self.keys),)

    def start(self) -> None:
        """Until every process answers. History goes on being built behind it."""
        everywhere = self._prepare()
        self._tell_page("starting the servers")
        self.stack.launch(*everywhere)
        self.stack.wait("page")
        self.progress.step(f"the page is up: {self.stack.place('page').url()}")
        phone.watch(self.stack.place("page").url(), self.progress.step)
        self.stack.wait("issuer", "service")
        self._register()
        self.stack.launch(*home_rows(self.keys), *wards.rows(self.keys, self._people))
        for name, what in (("rabbitmq", "RabbitMQ"), ("prometheus", "Prometheus")):
            self.stack.wait(name)
            self.progress.step(f"{what} answers")
        self.stack.wait()
        self.progress.step(f"{len(self.stack.processes)} processes run")
        self._build_history()
        self._start_grafana()

    def _prepare(self) -> tuple[Row, ...]:
        """Secrets, ports, and what is rendered of them: each is told where the others are before any of them starts."""
        gateways = (*(home.gateway for home in homes.HOMES), *wards.GATEWAYS)
        issuer = chevet.issuer(self.keys)
        self.stack.assign_ports(issuer)
        secrets.make(self.keys, gateways, token_url=f"{self.stack.place('issuer').url()}/token")
        servers = (issuer, *server_rows(self.keys))
        homes_and_wards = (*home_rows(self.keys), *wards.rows(self.keys, self._people))
        self.stack.assign_ports(*servers, *self._grafana, *homes_and_wards)
        install(site(self.stack.place("page"), self.keys))
        return servers

    def _register(self) -> None:
        registrar = Registrar(self.stack.place("service").url(), self.keys)
        pseudonyms = registrar.register(residents(self.stack))
        rows = [{"gateway": gateway, "patient": patient} for gateway, patient in pseudonyms.items()]
        seeds = {home.gateway: home.seed for home in homes.HOMES}
        people = [{**row, "seed": seeds.get(row["gateway"], 100 + number)} for number, row in enumerate(rows)]
        written(self._people, json.dumps(people, indent=2) + "\n")
        self.progress.step(f"{len(people)} patients, their homes and whom to call are in the records")

    def _build_history(self) -> None:
        history = History(self.stack, self._people, self._tell_page, self.progress.step)
        if history.is_there:
            self._tell_page("")
        else:
            history.start()

    def _start_grafana(self) -> None:
        """Behind the rest: its first start takes a while, and patients do not wait for it."""

        def tell() -> None:
            process = self.stack.processes[grafana.NAME]
            process.settled.wait()
            if process.failure:
                self.progress.note(process.failure)
            else:
                self.progress.step(f"Grafana shows the dashboards: {process.place.url()}/dashboards")

        if self._grafana:
            self.stack.launch(*self._grafana)
            threading.Thread(target=tell, name=grafana.NAME, daemon=True).start()

    def _tell_page(self, sentence: str) -> None:
        """One line while something is being made ready; no file when all is."""
        file = page.progress_file(self.stack.directory)
        if sentence:
            file.write_text(sentence + "\n")
        else:
            file.unlink(missing_ok=True)

    def where_to_look(self) -> str:
        place = self.stack.place
        service = place("service").url()
        lines = [
            f"  the ward, the phones, the buttons  {place('page').url()}",
            f"  Prometheus                         {place('prometheus').url()}",
            f"  Alertmanager                       {place('alertmanager').url()}",
            *(f"  Grafana                            {place(row.name).url()}" for row in self._grafana),
            f"  the service                        {service}/openapi.json",
            f"  sign in as one of seven people     {service}/sign-in?next=/api/v1/me",
            f"  have them live a story             .venv/bin/python -m simulators walk --service {service}",
            f"  logs                               {self.stack.directory / 'logs'}",
        ]
        line = tunnel({row: self.stack.ports[row]["http"] for row in SHOWN if row in self.stack.ports}, os.environ)
        if line:
            lines += ["", "  You are here over SSH. On your own machine, first:", f"  {line}"]
        return "\n".join(lines)
