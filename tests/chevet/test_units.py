"""Units and the conversions at the doors."""

from __future__ import annotations

import pytest

from chevet.units import CONVERSIONS, MG_PER_DL_IN_MMOL_PER_L, UNITS, convert, round_half_up
from chevet.vitals import BY_KEY
from chevet.zigbee import DEVICE_MODELS


def test_a_millimole_of_glucose_is_eighteen_milligrams_and_a_bit() -> None:
    assert MG_PER_DL_IN_MMOL_PER_L == 18.016  # molar mass of glucose 180.16 g/mol, International consensus 2019


@pytest.mark.parametrize(
    ("sent", "unit", "kept_unit", "kept"),
    [
        (3.9, "mmol/L", "mg/dL", 70),  # 70.26: in range by whole mg/dL
        (3.0, "mmol/L", "mg/dL", 54),  # 54.05
        (7.8, "mmol/L", "mg/dL", 141),  # 140.52: pregnancy's upper bound is 141 for such a device
        (10.0, "mmol/L", "mg/dL", 180),
        (98.6, "[degF]", "Cel", 37.0),
        (32, "[degF]", "Cel", 0),
        (-40, "[degF]", "Cel", -40),
        (72.5, "kg", "g", 72_500),
        (0.03, "[g]", "m[g]", 30),
        (97, "%", "%", 97),
    ],
)
def test_a_value_is_kept_in_the_unit_of_the_catalogue(sent: float, unit: str, kept_unit: str, kept: float) -> None:
    assert convert(sent, sent=unit, kept=kept_unit) == pytest.approx(kept, abs=1e-9)


@pytest.mark.parametrize(("value", "rounded"), [(0.5, 1), (1.5, 2), (2.5, 3), (2.4999, 2), (-0.5, 0), (91.5, 92)])
def test_a_half_is_rounded_up_and_never_to_the_even(value: float, rounded: int) -> None:
    assert round_half_up(value) == rounded


def test_an_unknown_conversion_is_refused() -> None:
    with pytest.raises(KeyError):
        convert(1, sent="mmol/L", kept="Cel")


def test_units_are_unique() -> None:
    assert len({unit.ucum for unit in UNITS}) == len({unit.metric for unit in UNITS}) == len(UNITS)


def test_every_conversion_ends_in_a_unit_of_the_catalogue() -> None:
    assert {kept for _, kept in CONVERSIONS} <= {unit.ucum for unit in UNITS}


def test_every_device_model_sends_units_that_can_be_kept() -> None:
    for model in DEVICE_MODELS:
        for attribute in model.attributes:
            convert(1.0, sent=attribute.unit, kept=BY_KEY[attribute.vital].unit)
