"""The demo's identity provider: Authlib's server, carried by Flask, with a page on which to say who one is."""

from __future__ import annotations

import secrets
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc9068 import JWTBearerTokenValidator
from flask import Flask, Response, jsonify, render_template, request
from joserfc.jwk import KeySet

from provisioning.issuer.grants import AUDIENCE, Challenge, Identity, Provider, Tokens
from provisioning.issuer.holders import FOR_ITSELF, FOR_PEOPLE, SCOPES, WITH_SECRET

LONGEST_BODY = 10_000
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Programs(ClientCredentialsGrant):  # type: ignore[misc] # Authlib has no types
    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET


class _Validator(JWTBearerTokenValidator):  # type: ignore[misc] # Authlib has no types
    def __init__(self, provider: Provider) -> None:
        super().__init__(provider.issuer, AUDIENCE)
        self._keys = provider.keys

    def get_jwks(self) -> KeySet:
        return self._keys


def _server(app: Flask, provider: Provider) -> AuthorizationServer:
    app.config["OAUTH2_SCOPES_SUPPORTED"] = list(SCOPES)
    server = AuthorizationServer(app, provider.holders.find, provider.save_token)
    server.register_token_generator("default", Tokens(provider, lambda *_, **__: secrets.token_urlsafe(32)))
    parts = provider.parts()
    server.register_grant(_Programs)
    server.register_grant(parts["code"], [Challenge(required=True), Identity(provider)])
    server.register_grant(parts["refresh"])
    server.register_endpoint(parts["end"])
    return server


def app(provider: Provider) -> Flask:
    """Wants AUTHLIB_INSECURE_TRANSPORT in the environment: on loopback there is no TLS."""
    made = Flask(__name__)
    made.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    server = _server(made, provider)
    _for_people(made, server, provider)
    _for_programs(made, server, provider)

    @made.after_request
    def guarded(answer: Response) -> Response:
        answer.headers.update(HEADERS)
        return answer

    @made.errorhandler(OAuth2Error)
    def refused(error: OAuth2Error) -> Response:
        answer: Response = server.handle_error_response(None, error)
        return answer

    return made


def _for_people(made: Flask, server: AuthorizationServer, provider: Provider) -> None:
    @made.get("/authorize")
    def ask() -> str:
        grant = server.get_consent_grant()
        return render_template("who.html", people=provider.holders.people, application=grant.client.name)

    @made.post("/authorize")
    def answer() -> Response:
        grant = server.get_consent_grant()
        granted: Response = server.create_authorization_response(
            grant_user=provider.holders.person(request.form.get("person", "")), grant=grant
        )
        return granted

    @made.route("/end", methods=["GET", "POST"])
    def end() -> Response | str:
        return server.create_endpoint_response("end_session") or render_template("ended.html")


def _for_programs(made: Flask, server: AuthorizationServer, provider: Provider) -> None:
    protector = ResourceProtector()
    protector.register_token_validator(_Validator(provider))

    @made.post("/token")
    def token() -> Response:
        answer: Response = server.create_token_response()
        return answer

    @made.get("/userinfo")
    def userinfo() -> Response:
        said = protector.acquire_token("openid")
        return jsonify({key: said[key] for key in ("sub", "name", "preferred_username", "realm_access") if key in said})

    @made.get("/jwks.json")
    def jwks() -> dict[str, Any]:
        return dict(provider.keys.as_dict(private=False))

    @made.get("/.well-known/openid-configuration")
    def configuration() -> dict[str, Any]:
        return configuration_of(provider.issuer)


def configuration_of(issuer: str) -> dict[str, Any]:
    """As OpenID Connect Discovery 1.0 has it."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/end",
        "jwks_uri": f"{issuer}/jwks.json",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*FOR_ITSELF, *FOR_PEOPLE],
        "scopes_supported": list(SCOPES),
        "subject_types_supported": ["public"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": list(WITH_SECRET),
        "id_token_signing_alg_values_supported": ["RS256"],
    }
