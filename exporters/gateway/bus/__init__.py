"""The gateway's bus: what queues there are, and how to publish and consume without losing anything."""
