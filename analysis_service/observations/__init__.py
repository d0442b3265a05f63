"""Observations: what only a person can see or decide, as nurses and doctors enter it."""
