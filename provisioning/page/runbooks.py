"""The runbook as a page, at which the links of alerts point: each alert's heading is an anchor of its name."""

from __future__ import annotations

import functools
import itertools
from pathlib import Path

from markdown_it import MarkdownIt

import alert_rules

RUNBOOKS = Path(alert_rules.__file__).with_name("runbooks.md")
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Runbooks – Chevet</title><link rel="stylesheet" href="/static/page.css"></head>
<body class="paper"><p><a href="/">← the simulated ward</a></p><section>
"""
TAIL = "</section></body></html>\n"


@functools.cache
def document() -> str:
    """The whole runbook as HTML."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(RUNBOOKS.read_text(encoding="utf-8"))
    for opened, content in itertools.pairwise(tokens):
        if opened.type == "heading_open":
            opened.attrSet("id", anchor(content.content))
    return HEAD + str(markdown.renderer.render(tokens, markdown.options, {})) + TAIL


def anchor(heading: str) -> str:
    """What stands behind # in a link to a heading."""
    return heading.lower().replace(" ", "-")
