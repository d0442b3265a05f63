"""Grafana dashboards as code: rows of panels, rendered in English and in French."""
