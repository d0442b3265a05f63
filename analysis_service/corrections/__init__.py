"""Corrections: with whom a gateway stood for a while in the past, and everything that follows from it."""
