"""The domain of Chevet: what decides, on event time, with no clock, socket or file."""
