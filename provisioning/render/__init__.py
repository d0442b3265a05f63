"""Every configuration file of an installation, rendered from rows: a pure function of the site."""
