"""What a Prometheus that scrapes this gateway sees."""
