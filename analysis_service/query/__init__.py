"""Query: Prometheus's HTTP API for care teams and SREs, each of whom sees their own series and no other."""
