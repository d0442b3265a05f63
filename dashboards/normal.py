"""What Grafana reads, and no more: nulls, empty lists and the fields of older Grafanas are taken away."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

LEGACY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "dashboard": frozenset(
            {"__inputs", "gnetId", "hideControls", "id", "rows", "sharedCrosshair", "style", "timepicker"}
        ),
        "panel": frozenset(
            {"editable", "error", "height", "minSpan", "span", "columns", "fontSize", "mappings", "color", "tags"}
        ),
        "heading": frozenset({"fieldConfig", "hideTimeOverride", "maxDataPoints", "transparent", "transformations"}),
        "bargauge": frozenset({"fieldOptions", "showThresholdLabels", "showThresholdMarkers"}),
        "field config": frozenset({"showThresholdLabels", "showThresholdMarkers"}),
        "defaults": frozenset({"calcs", "limit", "override", "title", "values"}),
        "target": frozenset({"metric", "query", "step", "target", "intervalFactor"}),
        "variable": frozenset({"useTags", "tagsQuery", "tagValuesQuery", "auto", "auto_min", "auto_count"}),
    }
)
"""Fields that grafanalib writes and no Grafana of today reads, by what they stand in."""


def normalised(dashboard: Mapping[str, Any]) -> dict[str, Any]:
    """The dashboard as Grafana keeps it itself."""
    kept = _without("dashboard", dashboard)
    kept["panels"] = [_panel(panel) for panel in kept["panels"]]
    kept["templating"] = {"list": [_without("variable", one) for one in dashboard["templating"]["list"]]}
    found: dict[str, Any] = _bare(kept)
    return found


def _panel(panel: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without("panel", panel)
    if kept["type"] == "row":
        return _without("heading", kept)
    kept["options"] = _without("bargauge", kept["options"]) if kept["type"] == "bargauge" else kept["options"]
    kept["fieldConfig"] = _without("field config", kept["fieldConfig"])
    kept["fieldConfig"]["defaults"] = _without("defaults", kept["fieldConfig"]["defaults"])
    kept["targets"] = [_without("target", target) for target in kept["targets"]]
    return kept


def _without(place: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name not in LEGACY[place]}


def _bare(value: Any, name: str = "") -> Any:
    """Without nulls and what is empty, but for the lowest step of thresholds, whose value is null."""
    if isinstance(value, list):
        return [item if name == "steps" else _bare(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = {key: _bare(item, key) for key, item in value.items()}
    return {key: item for key, item in inner.items() if item is not None and item not in ("", [], {})}
