"""Sensors that speak Zigbee to our own radio: kept on disk before they are answered, published like any others."""
