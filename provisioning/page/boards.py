"""Where links to dashboards lead while there is no Grafana: to how one is had, and how the board is drawn without."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from html import escape

CHOICE = "var-"
"""Before a variable's name in a link to a dashboard."""
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Dashboards – Chevet</title><link rel="stylesheet" href="/static/page.css"></head>
<body class="paper"><p><a href="/">← the simulated ward</a></p><section><h1>No Grafana was found</h1>
<p>The dashboards are rendered and wait for one. Install Grafana, or unpack it and say where, and start again:</p>
<pre>CHEVET_GRAFANA_HOME=~/grafana make demo</pre>
<p>Without it, this draws pictures of the same panels from Prometheus:</p>
<pre>"""
TAIL = "</pre></section></body></html>\n"
FIRST = ("ward", "en")


def document(uid: str, asked: Mapping[str, str], prometheus: str) -> str:
    """`asked` is the query of the link, with what the alert chose: whose values, which gateway's."""
    from dashboards.boards import BOARDS  # loaded when somebody asks: the page is up sooner, and smaller
    from dashboards.rows import LANGUAGES

    known = {board.uid(language): (board.name, language) for board in BOARDS for language in LANGUAGES}
    name, language = known.get(uid, FIRST)
    words = ["preview", name, "--language", language, "--prometheus", prometheus, "--out", "pictures"]
    for key, value in asked.items():
        if key.startswith(CHOICE):
            words += ["--choose", f"{key.removeprefix(CHOICE)}={value}"]
    return HEAD + escape(f".venv/bin/python -m dashboards {shlex.join(words)}") + TAIL
