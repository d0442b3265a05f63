"""The real servers and Chevet's own processes as children of one supervisor, on loopback, in a directory of its own."""
