"""Measurements, each a command whose last line is JSON."""
