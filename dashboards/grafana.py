"""The one module that speaks grafanalib: our rows become Grafana's JSON, the same bytes each time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from grafanalib import core
from grafanalib._gen import DashboardEncoder

from chevet import promql
from dashboards.fields import field_config, key_title, ref_id, transformations
from dashboards.layout import HEADING_HEIGHT, placed
from dashboards.normal import normalised
from dashboards.rows import WIDTH, Annotation, Dashboard, Panel, Query, Shape, Variable, Words

DATA_SOURCE = MappingProxyType({"type": "prometheus", "uid": "chevet"})
SCHEMA = 41
TAG = "chevet"

_ELSEWHERE = Words(en="Dashboards", fr="Tableaux de bord")
_ALONGSIDE: Mapping[str, Words] = MappingProxyType(
    {
        "patient": Words(en="This patient", fr="Ce patient"),
        "patients": Words(en="These patients", fr="Ces patients"),
        "gateways": Words(en="These gateways", fr="Ces passerelles"),
    }
)
"""By what is chosen above a dashboard: what a link says that takes it along."""


def rendered(dashboard: Dashboard, language: str) -> str:
    """The dashboard's JSON in one language: keys sorted, a newline at the end."""
    written = json.loads(json.dumps(_dashboard(dashboard, language), cls=DashboardEncoder))
    return json.dumps(normalised(written), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(dashboard: Dashboard, language: str) -> core.Dashboard:
    return core.Dashboard(
        title=dashboard.title.of(language),
        description=dashboard.description.of(language),
        uid=dashboard.uid(language),
        tags=[TAG, language, *_scoped(dashboard)],
        timezone="browser",
        schemaVersion=SCHEMA,
        version=1,
        refresh=dashboard.refresh,
        graphTooltip=core.GRAPH_TOOLTIP_MODE_SHARED_CROSSHAIR,
        time=core.Time(f"now-{dashboard.since}", "now"),
        links=list(_links(dashboard, language)),
        templating=core.Templating(list=[_variable(one, language) for one in dashboard.variables]),
        annotations=core.Annotations(list=[_annotation(one, language) for one in dashboard.annotations]),
        panels=_panels(dashboard, language),
    )


def _scoped(dashboard: Dashboard) -> list[str]:
    return [f"{TAG}-{dashboard.scope}"] if dashboard.scope else []


def _links(dashboard: Dashboard, language: str) -> Iterator[dict[str, Any]]:
    """Those of which the same is chosen, with what is chosen here; and all, with what they choose themselves.

    Where one patient is looked at, «all» would be nobody; and who goes on to the ward does not want one alone.
    """
    for tag in _scoped(dashboard):
        yield _link(_ALONGSIDE[dashboard.scope].of(language), [TAG, language, tag], along=True)
    yield _link(_ELSEWHERE.of(language), [TAG, language], along=False)


def _link(title: str, tags: list[str], *, along: bool) -> dict[str, Any]:
    return {
        "title": title,
        "type": "dashboards",
        "tags": tags,
        "icon": "external link",
        "asDropdown": True,
        "includeVars": along,
        "keepTime": along,
        "targetBlank": False,
        "tooltip": title,
        "url": "",
    }


def _variable(row: Variable, language: str) -> core.Template:
    if row.values:
        return core.Template(
            name=row.name,
            label=row.title.of(language),
            query=",".join(row.values),
            type="custom",
            default=row.values[0],
        )
    return core.Template(
        name=row.name,
        label=row.title.of(language),
        query=promql.label_values(row.series, row.name),
        dataSource=dict(DATA_SOURCE),
        multi=row.several,
        includeAll=row.several,
        allValue=".+" if row.several else None,
    )


def _annotation(row: Annotation, language: str) -> dict[str, Any]:
    return {
        "name": row.title.of(language),
        "datasource": dict(DATA_SOURCE),
        "enable": True,
        "expr": row.expression,
        "iconColor": row.colour,
        "step": "60s",
        "titleFormat": row.text,
        "textFormat": "{{rule}} {{gateway}} {{device}}",
        "tagKeys": "severity,kind",
    }


def _panels(dashboard: Dashboard, language: str) -> list[core.Panel]:
    panels: list[core.Panel] = []
    for section in placed(dashboard):
        place = core.GridPos(h=HEADING_HEIGHT, w=WIDTH, x=0, y=section.y)
        panels.append(core.RowPanel(title=section.title.of(language), gridPos=place))
        for spot in section.spots:
            place = core.GridPos(h=spot.panel.height, w=spot.panel.width, x=spot.x, y=spot.y)
            panels.append(_panel(spot.panel, language, place))
    for number, panel in enumerate(panels, 1):
        panel.id = number
    return panels


def _panel(panel: Panel, language: str, place: core.GridPos) -> core.Panel:
    own: dict[str, Any] = {
        "fieldConfig": field_config(panel, language),
        "options": _OPTIONS[panel.shape](panel, language),
    }
    if panel.shape is Shape.PROFILE:  # grafanalib has no class for it
        own["type"] = panel.shape.value
    return _CLASSES[panel.shape](
        title=panel.title.of(language),
        description=panel.description.of(language),
        dataSource=dict(DATA_SOURCE),
        targets=[_target(panel, number, query, language) for number, query in enumerate(panel.queries)],
        transformations=transformations(panel, language),
        interval=f"{panel.every}s" if panel.every else None,
        timeFrom=panel.since or None,
        maxDataPoints=None,
        thresholds=[],
        gridPos=place,
        extraJson=own,
    )


def _target(panel: Panel, place: int, query: Query, language: str) -> core.Target:
    """Its own interval, for Grafana's least range of a rate is four of those; of the panel's it knows nothing."""
    return core.Target(
        expr=query.expression,
        legendFormat=query.legend.of(language),
        refId=ref_id(place),
        instant=query.instant,
        interval=f"{panel.every}s" if panel.every else "",
        format="table" if panel.key else "time_series",
        datasource=dict(DATA_SOURCE),
    )


def _legend(placement: str = "bottom") -> dict[str, Any]:
    return {"displayMode": "list", "placement": placement, "showLegend": True}


def _of_lines(panel: Panel, language: str) -> dict[str, Any]:
    return {"legend": _legend(), "tooltip": {"mode": "multi", "sort": "none"}}


def _of_profile(panel: Panel, language: str) -> dict[str, Any]:
    return {**_of_lines(panel, language), "xField": key_title(panel, language)}


def _reduced(panel: Panel, language: str) -> dict[str, Any]:
    return {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}


def _of_number(panel: Panel, language: str) -> dict[str, Any]:
    return {**_reduced(panel, language), "colorMode": "value", "graphMode": "none", "textMode": "auto"}


def _of_gauge(panel: Panel, language: str) -> dict[str, Any]:
    return {**_reduced(panel, language), "showThresholdLabels": False, "showThresholdMarkers": True}


def _of_bars(panel: Panel, language: str) -> dict[str, Any]:
    return {**_reduced(panel, language), "displayMode": "basic", "orientation": "horizontal"}


def _of_pie(panel: Panel, language: str) -> dict[str, Any]:
    legend = {**_legend("right"), "values": ["value", "percent"]}
    return {**_reduced(panel, language), "pieType": "pie", "legend": legend}


def _of_table(panel: Panel, language: str) -> dict[str, Any]:
    order = [{"displayName": panel.sort.of(language), "desc": True}] if panel.sort else []
    return {"showHeader": True, "sortBy": order}


_CLASSES: Mapping[Shape, type[core.Panel]] = MappingProxyType(
    {
        Shape.LINES: core.TimeSeries,
        Shape.NUMBER: core.Stat,
        Shape.GAUGE: core.GaugePanel,
        Shape.BARS: core.BarGauge,
        Shape.TABLE: core.Table,
        Shape.PIE: core.PieChartv2,
        Shape.PROFILE: core.TimeSeries,
    }
)
_OPTIONS: Mapping[Shape, Callable[[Panel, str], dict[str, Any]]] = MappingProxyType(
    {
        Shape.LINES: _of_lines,
        Shape.NUMBER: _of_number,
        Shape.GAUGE: _of_gauge,
        Shape.BARS: _of_bars,
        Shape.TABLE: _of_table,
        Shape.PIE: _of_pie,
        Shape.PROFILE: _of_profile,
    }
)
