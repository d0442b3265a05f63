"""The demo's issuer of tokens, in Keycloak's shape. It knows everybody's secret, so it listens on loopback alone."""
