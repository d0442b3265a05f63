"""`python -m provisioning.page`: serve the demo's page; the local stack starts it."""

from __future__ import annotations

import sys

import uvicorn

from chevet.errors import ChevetError
from exporters.gateway import addresses
from provisioning.page import app, settings


def main() -> int:
    """Serve until stopped; 2 where a setting cannot be."""
    try:
        read = settings.read()
    except ChevetError as error:
        print(error, file=sys.stderr)
        return 2
    host, port = addresses.split(read.page_address)
    uvicorn.run(app.create(read), host=host, port=port, log_level="warning", timeout_graceful_shutdown=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
