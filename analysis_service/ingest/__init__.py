"""Ingest: the guard between gateways and the store of series."""
