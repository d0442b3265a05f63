"""Reports: what may be written, signed, released and read."""
