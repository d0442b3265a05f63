"""Records: patients, their contacts, and which gateway stands with whom."""
