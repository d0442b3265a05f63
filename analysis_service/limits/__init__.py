"""Limits: prescriptions in place of the catalogue's limits, proposed, signed, ended, and never for ever."""
