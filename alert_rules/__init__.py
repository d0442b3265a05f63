"""Alerts that take minutes to weeks of series to see, as rows; rendered to Prometheus's rules. The root is the list."""
