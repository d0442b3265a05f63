"""Audit: who looked at what, sealed each second in a chain whose head is kept outside the database."""
