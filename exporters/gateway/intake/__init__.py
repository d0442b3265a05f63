"""Sensors' messages to readings: kept on disk, numbered, published."""
