"""UCUM units as people write them."""

from __future__ import annotations

from impasto.core import DoseKind, Image

__all__ = ["dose_and_unit", "dose_name", "position_text", "printed_unit", "quantity_and_unit"]

_PRINTED = {
    "[hnsf'U]": "HU",
    "1": "",
    "g/mL": "g/ml",
    "mL": "ml",
    "mm[Hg]": "mmHg",
    "%": "%",
    "cm2/mL": "cm\u00b2/ml",
    "[arb'U]": "arb. unit",
    "um2/ms": "\u00b5m\u00b2/ms",
    "mmol/L": "mmol/l",
    "mmol/L.s": "mmol/l \u00b7 s",
    "mL/(100.mL)": "ml/100 ml",
    "mL/(100.g)": "ml/100 g",
    "mL/(100.mL)/min": "ml/100 ml/min",
    "mL/(100.g)/min": "ml/100 g/min",
}


def printed_unit(unit: str) -> str:
    """Write a UCUM unit for readers.

    Examples
    --------
    >>> printed_unit("[hnsf'U]"), printed_unit("mL/(100.g)/min")
    ('HU', 'ml/100 g/min')
    """
    return _PRINTED.get(unit, unit)


def quantity_and_unit(image: Image) -> str:
    """Name what an image measures, with its unit in brackets.

    Ratios have none: ``"SUV body weight"`` with unit ``"1"`` stays as it is.
    """
    unit = printed_unit(image.unit)
    return f"{image.quantity} ({unit})" if unit else image.quantity


def dose_and_unit(kind: DoseKind, alpha_beta_gy: float | None) -> str:
    """Name a dose with its unit, and the alpha/beta that equivalent dose was computed with.

    Examples
    --------
    >>> dose_and_unit(DoseKind.EQD2, 3.0)
    'EQD2, alpha/beta 3 Gy (Gy)'
    """
    name = dose_name(kind, alpha_beta_gy)
    return f"{name[0].upper()}{name[1:]} (Gy)"


def dose_name(kind: DoseKind, alpha_beta_gy: float | None) -> str:
    """Name a dose: plain, or equivalent with its alpha/beta."""
    return "dose" if kind is DoseKind.PHYSICAL else f"EQD2, alpha/beta {alpha_beta_gy:g} Gy"


def position_text(point_mm: tuple[float, float, float]) -> str:
    """Write a point in LPS.

    Examples
    --------
    >>> position_text((1.0, 2.5, 40.0))
    'x +1.0, y +2.5, z +40.0 mm'
    """
    x, y, z = (f"{value:+.1f}".replace("-", "\u2212") for value in point_mm)
    return f"x {x}, y {y}, z {z} mm"
