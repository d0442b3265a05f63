"""Fleet: the gateways, and which of them Prometheus scrapes."""
