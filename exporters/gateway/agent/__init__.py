"""Tells the service how the gateway is."""
