"""Colours that people who confuse red and green can tell apart: the palette of Okabe and Ito.

Source: M. Okabe, K. Ito, Color Universal Design, 2008, https://jfly.uni-koeln.de/color/. No state is told by colour
alone: each panel also shows the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from chevet.severities import Severity

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#999999"
PALETTE = (BLUE, GREEN, PURPLE, ORANGE, SKY, VERMILLION, YELLOW)
"""In the order in which lines take them: two sensors' lines are not to be taken for the limit of a severity."""

CALM = GREEN
OF_SEVERITY: Mapping[Severity, str] = MappingProxyType(
    {Severity.HIGH: VERMILLION, Severity.MEDIUM: ORANGE, Severity.LOW: SKY, Severity.INFO: GREY}
)
