"""Makes keys, renders configuration, and runs the whole stack as local processes."""
