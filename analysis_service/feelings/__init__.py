"""Feelings: how a patient says they feel, and who has read it."""
