"""HTTP of the demo's issuer: tokens for client credentials, its public keys, and where both are."""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from provisioning.issuer.tokens import Signer, identified
from provisioning.secrets import Secrets

LONGEST_BODY = 10_000


def refused(status: int, error: str, sentence: str) -> JSONResponse:
    """As OAuth 2.0 says it (RFC 6749, 5.2)."""
    return JSONResponse({"error": error, "error_description": sentence}, status, {"Cache-Control": "no-store"})


def from_header(header: str) -> tuple[str, str] | None:
    """Client and secret of HTTP Basic, which OAuth encodes as in forms."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def app(kept: Secrets, signer: Signer) -> FastAPI:
    issuer = FastAPI(title="Chevet's demo issuer", docs_url=None, redoc_url=None)

    @issuer.post("/token")
    async def token(request: Request) -> JSONResponse:
        body = await request.body()
        if len(body) > LONGEST_BODY:
            return refused(413, "invalid_request", f"body: expected at most {LONGEST_BODY} bytes, got {len(body)}")
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        grant = form.get("grant_type", "")
        if grant != "client_credentials":
            return refused(
                400, "unsupported_grant_type", f"grant_type: expected client_credentials, got {grant[:80]!r}"
            )
        given = from_header(request.headers.get("authorization", ""))
        client_id, secret = given or (form.get("client_id", ""), form.get("client_secret", ""))
        holder = identified(kept, client_id, secret)
        if holder is None:
            return refused(401, "invalid_client", "client_id, client_secret: expected a client of this demo")
        signed = signer.token(holder, int(time.time()))
        answer = {"access_token": signed, "token_type": "Bearer", "expires_in": signer.lifetime_seconds}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    @issuer.get("/jwks.json")
    async def jwks() -> dict[str, Any]:
        return {"keys": [signer.jwk]}

    @issuer.get("/.well-known/openid-configuration")
    async def configuration() -> dict[str, Any]:
        return {
            "issuer": signer.issuer,
            "token_endpoint": f"{signer.issuer}/token",
            "jwks_uri": f"{signer.issuer}/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    return issuer
