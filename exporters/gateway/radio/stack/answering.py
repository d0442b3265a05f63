"""The clusters that we read: a report is handed over before it is answered, and answered with what that gave.

zigpy's own cluster answers by itself, and success at that, whatever its listeners made of a report.
"""

from __future__ import annotations

from typing import Any

import zigpy.types as t
from zigpy.zcl import Cluster, foundation
from zigpy.zcl.clusters.general import PowerConfiguration
from zigpy.zcl.clusters.measurement import TemperatureMeasurement
from zigpy.zcl.clusters.protocol import IEEEProtocolTunnel11073

from chevet import clusters
from exporters.gateway.radio.reporting import Report

TRANSFER, CONNECT = 0x00, 0x01
"""Commands of the tunnel."""


class _Kept:
    """Mixed into a zigpy cluster: its reports are kept, then answered."""

    def handle_cluster_general_request(self: Any, hdr: Any, args: Any, **kwargs: Any) -> None:
        if hdr.command_id != foundation.GeneralCommand.Report_Attributes:
            super().handle_cluster_general_request(hdr, args, **kwargs)  # type: ignore[misc]  # it is the cluster's
            return
        device = self.endpoint.device
        report = Report(
            device=str(device.ieee),
            cluster=int(self.cluster_id),
            manufacturer=None if hdr.manufacturer is None else int(hdr.manufacturer),
            attributes={int(one.attrid): (int(one.value.type), _plain(one.value.value)) for one in args[0]},
            at=round(device.last_seen * 1000),
        )
        answer = device.application.listener.report(report)
        if answer is not None and not hdr.frame_control.disable_default_response:
            self.create_catching_task(self._answered(hdr, foundation.Status[answer.name]))

    def _answered(self: Any, hdr: Any, status: foundation.Status) -> Any:
        return self.general_command(
            foundation.GeneralCommand.Default_Response,
            hdr.command_id,
            status,
            tsn=hdr.tsn,
            manufacturer=hdr.manufacturer,
        )


# zigpy finds a cluster's class by its id, the newest that was written; so these stand for every device's.
class Vitals(_Kept, Cluster):
    """Our own cluster."""

    cluster_id = t.uint16_t(clusters.VITALS)
    ep_attribute = "chevet_vitals"
    name = "Chevet vitals"


class Temperature(_Kept, TemperatureMeasurement):
    """Of bought thermometers."""


class Power(_Kept, PowerConfiguration):
    """The battery of any device."""


class Tunnel(IEEEProtocolTunnel11073):
    """Of devices that speak IEEE 11073: what they transfer is kept, then acknowledged, then answered."""

    class ClientCommandDefs(foundation.BaseCommandDefs):
        """The device is the tunnel's server, and says this to its client."""

        transfer_apdu = foundation.ZCLCommandDef(id=TRANSFER, schema={"apdu": t.LongOctetString})
        connect_status_noti = foundation.ZCLCommandDef(id=0x03, schema={"connect_status": t.enum8})

    def handle_cluster_request(self, hdr: Any, args: Any, **_: Any) -> None:
        if hdr.command_id != TRANSFER or isinstance(args, bytes):
            return
        device = self.endpoint.device
        answers = device.application.listener.apdu(str(device.ieee), bytes(args[0]), round(device.last_seen * 1000))
        if answers is None:
            return
        if not hdr.frame_control.disable_default_response:
            self.send_default_rsp(hdr, foundation.Status.SUCCESS)
        for answer in answers:
            transfer = self.command(TRANSFER, t.LongOctetString(answer), expect_reply=False)
            self.create_catching_task(transfer)

    async def connect(self, manager: Any) -> None:
        """Ask the device to speak to us, on our first endpoint, and never to hang up."""
        await self.command(CONNECT, 0, 0xFFFF, manager, 1, expect_reply=False)


READ = (Vitals, Temperature, Power, Tunnel)


def _plain(value: object) -> object:
    if isinstance(value, int):
        return int(value)
    return bytes(value) if isinstance(value, bytes) else value
