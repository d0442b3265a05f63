"""What Grafana reads when it starts: its data source, and where the dashboards of each language are."""

from __future__ import annotations

from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from dashboards.grafana import DATA_SOURCE
from dashboards.rows import LANGUAGES
from provisioning.render.prometheus import EVERY, written
from provisioning.render.site import Site

FOLDERS = MappingProxyType({"en": "Chevet", "fr": "Chevet (français)"})
LOOKS_EVERY = 10
"""Seconds between two looks at the files of dashboards."""


def data_source(site: Site) -> str:
    """The service's query proxy, under the uid that every panel names: it is asked with the token of who looks."""
    return written(
        {
            "apiVersion": 1,
            "datasources": [
                {
                    "name": "Chevet",
                    **DATA_SOURCE,
                    "access": "proxy",
                    "url": f"{site.service}/prometheus",
                    "isDefault": True,
                    "editable": False,
                    "jsonData": {"httpMethod": "POST", "oauthPassThru": True, "timeInterval": EVERY},
                }
            ],
        }
    )


def providers(site: Site) -> str:
    """A folder for each language, kept as the files are: what is changed on the screen is not saved."""
    return written({"apiVersion": 1, "providers": [_provider(site, language) for language in LANGUAGES]})


def _provider(site: Site, language: str) -> dict[str, Any]:
    return {
        "name": f"chevet-{language}",
        "type": "file",
        "folder": FOLDERS[language],
        "folderUid": f"chevet-{language}",
        "allowUiUpdates": False,
        "updateIntervalSeconds": LOOKS_EVERY,
        "options": {"path": str(PurePosixPath(site.directory) / "grafana" / "dashboards" / language)},
    }
