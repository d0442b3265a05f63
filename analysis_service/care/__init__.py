"""Care: wards, the teams that look after patients, and the glass that may be broken in an emergency."""
