"""Measurements: what nurses and doctors measured themselves, kept, and sent to the store as a device's would be."""
