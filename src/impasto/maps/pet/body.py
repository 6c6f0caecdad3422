"""Body measures that standardise uptake: weight, lean mass, surface area."""

from __future__ import annotations

__all__ = [
    "body_surface_area_m2",
    "lean_body_mass_james_kg",
    "lean_body_mass_james_limit_kg",
    "lean_body_mass_janmahasatian_kg",
]

_JANMAHASATIAN = {"M": (6680.0, 216.0), "F": (8780.0, 244.0)}
_JAMES = {"M": (1.10, 128.0), "F": (1.07, 148.0)}


def lean_body_mass_janmahasatian_kg(weight_kg: float, height_m: float, sex: str) -> float:
    """Lean body mass after Janmahasatian 2005.

    Men 9270 w / (6680 + 216 BMI), women 9270 w / (8780 + 244 BMI), with BMI = w / h^2.

    Parameters
    ----------
    weight_kg, height_m : float
    sex : str
        ``"M"`` or ``"F"``.

    Returns
    -------
    float

    Examples
    --------
    >>> round(lean_body_mass_janmahasatian_kg(80.0, 1.80, "M"), 1)
    61.7
    """
    index = weight_kg / height_m**2
    offset, slope = _JANMAHASATIAN[sex]
    return 9270.0 * weight_kg / (offset + slope * index)


def lean_body_mass_james_kg(weight_kg: float, height_m: float, sex: str) -> float:
    """Lean body mass after James 1976: men 1.10 w - 128 (w/h)^2, women 1.07 w - 148 (w/h)^2, h in cm.

    Parameters
    ----------
    weight_kg, height_m : float
    sex : str
        ``"M"`` or ``"F"``.

    Returns
    -------
    float
        In kg; falls again for the very obese, where the formula does not hold.

    Examples
    --------
    >>> round(lean_body_mass_james_kg(80.0, 1.80, "M"), 2)
    62.72
    """
    linear, quadratic = _JAMES[sex]
    return linear * weight_kg - quadratic * (weight_kg / (100.0 * height_m)) ** 2


def lean_body_mass_james_limit_kg(height_m: float, sex: str) -> float:
    """Weight at which James' lean body mass is greatest; beyond it the formula falls and does not hold.

    Examples
    --------
    >>> round(lean_body_mass_james_limit_kg(1.70, "F"))
    104
    """
    linear, quadratic = _JAMES[sex]
    return linear * (100.0 * height_m) ** 2 / (2.0 * quadratic)


def body_surface_area_m2(weight_kg: float, height_m: float) -> float:
    """Body surface area after Du Bois 1916: 0.007184 w^0.425 h^0.725, h in cm.

    Examples
    --------
    >>> round(body_surface_area_m2(70.0, 1.75), 3)
    1.848
    """
    return float(0.007184 * weight_kg**0.425 * (100.0 * height_m) ** 0.725)
