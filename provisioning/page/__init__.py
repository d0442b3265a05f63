"""The demo's page: the ward at a glance, a relative's phone, and buttons that break things. Loopback only."""
