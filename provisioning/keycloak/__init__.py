"""Keycloak's distribution: fetched once, checked, unpacked and prepared, outside the clone."""
