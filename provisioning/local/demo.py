"""The demo, from nothing to patients whose values arrive: what is started, in which order, and what is told."""

from __future__ import annotations

import json
import os
from pathlib import Path

from provisioning import secrets
from provisioning.local import alertmanager, chevet, homes, page, phone, prometheus, rabbitmq, wards
from provisioning.local.console import Progress, tunnel
from provisioning.local.history import History
from provisioning.local.programs import written
from provisioning.local.registration import PAST_SECONDS, Registrar, Resident
from provisioning.local.rows import Row
from provisioning.local.site import site
from provisioning.local.supervisor import Supervisor
from provisioning.render.install import install

NAMES = {"g01": "Marie Lefèvre", "g02": "Georges Okafor"}
SHOWN = {"page": "http", "prometheus": "http", "alertmanager": "http"}


def server_rows(keys: Path) -> tuple[Row, ...]:
    """What a data centre would run, and the page."""
    return (
        rabbitmq.row(homes.broker_accounts(keys)),
        prometheus.row(with_rules=True),
        alertmanager.ALERTMANAGER,
        chevet.service(keys, lead_seconds=-PAST_SECONDS),
        page.row(keys),
    )


def home_rows(keys: Path) -> tuple[Row, ...]:
    return tuple(row for home in homes.HOMES for row in homes.rows(home, keys))


def residents(stack: Supervisor) -> tuple[Resident, ...]:
    """Everybody, with the relatives of those who have a whole gateway."""
    vitals = homes.expected_vitals()
    everything = sorted({vital for device in vitals.values() for vital in device})
    living = []
    for home in homes.HOMES:
        first = {"number": home.contact, "language": home.language, "order": 1, "signals": everything}
        second = {"number": homes.NIGHT_NURSE, "language": "fr", "order": 2, "signals": []}
        exporter = stack.place(homes.row_name(home, "exporter")).address("http")
        living.append(
            Resident(
                gateway=home.gateway,
                name=NAMES[home.gateway],
                contacts=(first, second),
                devices=vitals,
                pull_address=exporter if home.mode == "pull" else None,
            )
        )
    return (*living, *wards.residents(vitals))


class Demo:
    """One run of it, in a directory of its own."""

    def __init__(self, directory: Path, progress: Progress) -> None:
        self.progress = progress
        self.keys = directory.absolute() / "secrets"
        self.stack = Supervisor(directory, progress.note)
        self._people = self.stack.directory / "residents.json"

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
        self.stack.launch(*home_rows(self.keys), wards.row(self.keys, self._people))
        for name, what in (("rabbitmq", "RabbitMQ"), ("prometheus", "Prometheus")):
            self.stack.wait(name)
            self.progress.step(f"{what} answers")
        self.stack.wait()
        self.progress.step(f"{len(self.stack.processes)} processes run")
        self._build_history()

    def _prepare(self) -> tuple[Row, ...]:
        """Secrets, ports, and what is rendered of them: each is told where the others are before any of them starts."""
        gateways = (*(home.gateway for home in homes.HOMES), *wards.GATEWAYS)
        issuer = chevet.issuer(self.keys)
        self.stack.assign_ports(issuer)
        secrets.make(self.keys, gateways, token_url=f"{self.stack.place('issuer').url()}/token")
        servers = (issuer, *server_rows(self.keys))
        self.stack.assign_ports(*servers, *home_rows(self.keys), wards.row(self.keys, self._people))
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

    def _tell_page(self, sentence: str) -> None:
        """One line while something is being made ready; no file when all is."""
        file = page.progress_file(self.stack.directory)
        if sentence:
            file.write_text(sentence + "\n")
        else:
            file.unlink(missing_ok=True)

    def where_to_look(self) -> str:
        place = self.stack.place
        lines = [
            f"  the ward, the phone, the buttons   {place('page').url()}",
            f"  Prometheus                         {place('prometheus').url()}",
            f"  Alertmanager                       {place('alertmanager').url()}",
            f"  the service                        {place('service').url()}/openapi.json",
            f"  logs                               {self.stack.directory / 'logs'}",
        ]
        line = tunnel({row: self.stack.ports[row][use] for row, use in SHOWN.items()}, os.environ)
        if line:
            lines += ["", "  You are here over SSH. On your own machine, first:", f"  {line}"]
        return "\n".join(lines)
