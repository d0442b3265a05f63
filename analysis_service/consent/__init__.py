"""Consent: the codes by which people join, and what a patient lets whom see."""
