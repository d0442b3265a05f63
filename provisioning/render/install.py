"""A site's tree where its servers read it."""

from __future__ import annotations

from pathlib import Path

from provisioning.render import files
from provisioning.render.keys import require_secrets
from provisioning.render.site import Site
from provisioning.render.tree import tree


def install(site: Site) -> files.Differences:
    """Writes the tree into the site's directory. Raises BadSite for a secret that is missing, and writes nothing."""
    require_secrets(site)
    return files.write(Path(site.directory), tree(site))
