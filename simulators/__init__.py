"""Patients, sensors and radios that do not exist."""
