"""Codes of ISO/IEEE 11073-10101 and -20601 that Chevet reads, and what they mean in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

DATA_PROTOCOL = 20601
MDS = 0
"""The handle of the object that stands for the whole agent."""

NUMERIC, ENUMERATION = 6, 5
"""Classes of objects."""

CONFIGURATION, FIXED, VARIABLE, PERSONS_FIXED, PERSONS_VARIABLE = 0x0D1C, 0x0D1D, 0x0D1E, 0x0D1F, 0x0D20
"""Types of event reports."""

TYPE, STATUS, UNIT, STAMP, PARTS, VALUE_MAP = 0x092F, 0x0947, 0x0996, 0x0990, 0x0A76, 0x0A55
VALUE, VALUES, BASIC, BASICS, SIMPLE, SIMPLES = 0x0950, 0x094B, 0x0A4C, 0x0A75, 0x0A56, 0x0A74
BITS_16, BITS_32, MODALITIES = 0x0A66, 0x0A65, 0x0A61
"""Attributes: MDC_ATTR_ID_TYPE, _MSMT_STAT, _UNIT_CODE, _TIME_STAMP_ABS, _ID_PHYSIO_LIST, _ATTRIBUTE_VAL_MAP;
_NU_VAL_OBS, _NU_CMPD_VAL_OBS, _NU_VAL_OBS_BASIC, _NU_CMPD_VAL_OBS_BASIC, _NU_VAL_OBS_SIMP, _NU_CMPD_VAL_OBS_SIMP;
_ENUM_OBS_VAL_BASIC_BIT_STR, _ENUM_OBS_VAL_SIMP_BIT_STR, _SUPPLEMENTAL_TYPES."""

VITALS: Mapping[int, str] = MappingProxyType(
    {
        0x4BB8: "oxygen_saturation",  # MDC_PULS_OXIM_SAT_O2
        0x481A: "heart_rate",  # MDC_PULS_OXIM_PULS_RATE
        0x482A: "heart_rate",  # MDC_PULS_RATE_NON_INV
        0x4A05: "systolic_pressure",  # MDC_PRESS_BLD_NONINV_SYS
        0x4A06: "diastolic_pressure",  # MDC_PRESS_BLD_NONINV_DIA
        0x4B5C: "body_temperature",  # MDC_TEMP_BODY
        0x4B78: "body_temperature",  # MDC_TEMP_TYMP
        0xE004: "body_temperature",  # MDC_TEMP_RECT
        0xE008: "body_temperature",  # MDC_TEMP_ORAL
        0xE00C: "body_temperature",  # MDC_TEMP_EAR
        0xE024: "body_temperature",  # MDC_TEMP_AXILLA
        0x7114: "glucose_finger",  # MDC_CONC_GLU_GEN
        0x71B8: "glucose_finger",  # MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD
        0x71BC: "glucose_finger",  # MDC_CONC_GLU_CAPILLARY_PLASMA
        0xE140: "weight",  # MDC_MASS_BODY_ACTUAL
    }
)
"""What is measured. Mean pressure, temperatures of finger and toe, and control solution are not in the catalogue."""

UNITS: Mapping[int, str] = MappingProxyType(
    {
        0x0220: "%",
        0x0AA0: "/min",
        0x0F20: "mm[Hg]",
        0x0F03: "kPa",
        0x17A0: "Cel",
        0x1140: "[degF]",
        0x0852: "mg/dL",
        0x1272: "mmol/L",
        0x06C3: "kg",
        0x06C0: "g",
        0x06E0: "[lb_av]",
    }
)
"""Units to UCUM."""

OXIMETER_STATUS = 0x4C4C
"""MDC_PULS_OXIM_DEV_STATUS: what an oximeter says of its probe, as bits."""
