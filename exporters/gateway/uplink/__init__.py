"""Readings to windows to the service, by way of a journal; alerts first."""
