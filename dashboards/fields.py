"""How the values of a panel look: units, bounds, thresholds, lines and columns, as Grafana's field configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from dashboards.colours import PALETTE
from dashboards.rows import Panel, Query, Shape, Threshold, Told, Words, uid

NO_VALUE = "–"
OPENS: Mapping[str, Words] = MappingProxyType(
    {
        "patient": Words(en="This patient", fr="Ce patient"),
        "gateways": Words(en="This gateway", fr="Cette passerelle"),
        "pipeline": Words(en="What this gateway sends", fr="Ce qu'envoie cette passerelle"),
    }
)
"""By the dashboard that a click opens: what the link says."""
BY_THRESHOLD = frozenset({Shape.NUMBER, Shape.GAUGE, Shape.BARS})
GRAPHS = frozenset({Shape.LINES, Shape.PROFILE})


def ref_id(place: int) -> str:
    """A, B, C … : by which an answer is known as its question's. Raises IndexError beyond 26."""
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place]


def field_config(panel: Panel, language: str) -> dict[str, Any]:
    """Defaults for all values of a panel, and what each query has of its own."""
    defaults = {
        "unit": panel.unit,
        "decimals": panel.decimals,
        "min": panel.low,
        "max": panel.high,
        "noValue": panel.empty.of(language) if panel.empty else NO_VALUE,
        "color": {"mode": "thresholds" if panel.shape in BY_THRESHOLD else "palette-classic"},
        "thresholds": thresholds(panel.thresholds),
        "custom": _custom(panel),
        "links": _links(panel, f"${{__field.labels.{panel.links_by}}}", panel.links_by, language),
    }
    own = _columns if panel.shape is Shape.TABLE else _lines
    return {"defaults": defaults, "overrides": list(own(panel, language))}


def thresholds(rows: tuple[Threshold, ...]) -> dict[str, Any] | None:
    """The steps, the lowest of which has no value; None where there are none."""
    if not rows:
        return None
    return {"mode": "absolute", "steps": [{"color": row.colour, "value": row.value} for row in rows]}


def _custom(panel: Panel) -> dict[str, Any]:
    if panel.shape is Shape.TABLE:
        return {"align": "auto"}
    if panel.shape not in GRAPHS:
        return {}
    return {
        "drawStyle": "line",
        "fillOpacity": 60 if panel.stacked else 0,
        "lineWidth": 1,
        "showPoints": "always" if panel.points else "never",
        "pointSize": 5,
        "spanNulls": panel.points or panel.shape is Shape.PROFILE,
        "stacking": {"group": "A", "mode": "normal"} if panel.stacked else None,
        "thresholdsStyle": {"mode": "dashed"} if panel.thresholds else None,
    }


def _lines(panel: Panel, language: str) -> Iterator[dict[str, Any]]:
    for place, query in enumerate(panel.queries):
        one_colour = query.colour or (PALETTE[place] if place < len(PALETTE) else "")
        shown: dict[str, Any] = {}
        if panel.shape in GRAPHS or panel.shape is Shape.PIE:
            several = not query.colour and "{{" in query.legend.of(language)
            shown["color"] = None if several else {"mode": "fixed", "fixedColor": one_colour}
        shown |= {"unit": query.unit or None, "decimals": query.decimals, "thresholds": thresholds(query.thresholds)}
        shown["mappings"] = mappings(query, language)
        if query.dashed:
            shown["custom.lineStyle"] = {"fill": "dash", "dash": [8, 6]}
            shown["custom.showPoints"] = "never"
            shown["custom.spanNulls"] = True
        if query.fills_to:
            shown["custom.fillBelowTo"] = query.fills_to.of(language)
            shown["custom.fillOpacity"] = 18
        if panel.shape is Shape.PROFILE:  # its answers are joined, and then known by their titles only
            yield from _override("byName", query.legend.of(language), shown)
        else:
            yield from _override("byFrameRefID", ref_id(place), shown)
        for one in query.called:
            colour = {"mode": "fixed", "fixedColor": one.colour} if one.colour else None
            yield from _override("byName", one.name, {"displayName": one.words.of(language), "color": colour})


def _columns(panel: Panel, language: str) -> Iterator[dict[str, Any]]:
    for query in panel.queries:
        coloured = {"type": "color-background", "mode": "basic"} if query.thresholds else None
        shown = {
            "unit": query.unit or None,
            "decimals": query.decimals,
            "thresholds": thresholds(query.thresholds),
            "color": {"mode": "thresholds"} if query.thresholds else None,
            "custom.cellOptions": coloured,
            "mappings": mappings(query, language),
        }
        yield from _override("byName", query.legend.of(language), shown)
    if panel.links_to:
        links = _links(panel, "${__value.raw}", panel.key, language)
        yield from _override("byName", key_title(panel, language), {"links": links})


def mappings(query: Query, language: str) -> list[dict[str, Any]] | None:
    """The words for values; None where there are none."""
    if not query.told:
        return None
    return [
        {"type": "range", "options": {"from": one.low, "to": one.high, "result": _word(one, place, language)}}
        for place, one in enumerate(query.told)
    ]


def _word(told: Told, place: int, language: str) -> dict[str, Any]:
    return {"index": place, "text": told.words.of(language)}


def _links(panel: Panel, value: str, label: str, language: str) -> list[dict[str, str]]:
    """The dashboard that opens with a click, with `value` chosen and the time that is shown; none where it has none."""
    if not panel.links_to or not label:
        return []
    address = f"/d/{uid(panel.links_to, language)}?var-{label}={value}&${{__url_time_range}}"
    return [{"title": OPENS[panel.links_to].of(language), "url": address}]


def key_title(panel: Panel, language: str) -> str:
    """The heading of the column of the key."""
    return panel.key_title.of(language) if panel.key_title else panel.key


def _override(matcher: str, whose: str, shown: dict[str, Any]) -> Iterator[dict[str, Any]]:
    properties = [{"id": name, "value": value} for name, value in shown.items() if value is not None]
    if properties:
        yield {"matcher": {"id": matcher, "options": whose}, "properties": properties}


def transformations(panel: Panel, language: str) -> list[dict[str, Any]]:
    """What makes one table of many answers: joined by the key, in order, each column under its title."""
    if panel.shape not in (Shape.TABLE, Shape.PROFILE):
        return []
    values = [f"Value #{ref_id(place)}" for place in range(len(panel.queries))] if len(panel.queries) > 1 else ["Value"]
    titles = dict(zip(values, (query.legend.of(language) for query in panel.queries), strict=True))
    kept = [panel.key, *values]
    steps: list[dict[str, Any]] = [
        {"id": "joinByField", "options": {"byField": panel.key, "mode": "outer"}},
        {"id": "filterFieldsByName", "options": {"include": {"names": kept}}},
    ]
    if panel.shape is Shape.PROFILE:
        conversion = {"destinationType": "number", "targetField": panel.key}
        steps.append({"id": "convertFieldType", "options": {"conversions": [conversion]}})
        steps.append({"id": "sortBy", "options": {"sort": [{"field": panel.key}]}})
    organised = {
        "indexByName": {name: place for place, name in enumerate(kept)},
        "renameByName": {panel.key: key_title(panel, language), **titles},
    }
    return [*steps, {"id": "organize", "options": organised}]
