"""Alerts: alerts as gateways raise them and people take them."""
