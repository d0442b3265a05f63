"""Panels drawn as SVG from a Prometheus, for those who have no Grafana at hand."""
