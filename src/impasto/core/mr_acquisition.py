"""How an MR image was acquired: what its signal equation needs of the header."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core.errors import ImpastoError

__all__ = ["MrAcquisition"]


@dataclass(frozen=True)
class MrAcquisition:
    """The facts of an MR header that quantitative maps depend on; None where the header is silent.

    Parameters
    ----------
    repetition_time_s, echo_time_s, inversion_time_s : float, optional
    flip_angle_deg : float, optional
        Nominal.
    field_strength_t : float, optional

    Raises
    ------
    ImpastoError
        When a number is not positive.
    """

    repetition_time_s: float | None = None
    echo_time_s: float | None = None
    flip_angle_deg: float | None = None
    inversion_time_s: float | None = None
    field_strength_t: float | None = None

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if value is not None and not 0.0 < value < float("inf"):
                raise ImpastoError("MR acquisition", f"its {name} is {value:g}", "correct the header or sidecar")

    def required(self, name: str, image: str) -> float:
        """Return one fact that a map cannot do without.

        Raises
        ------
        ImpastoError
            When the header did not say it.
        """
        value: float | None = getattr(self, name)
        if value is None:
            raise ImpastoError(image, f"nothing says its {name}", "import it from DICOM or with a BIDS sidecar")
        return value
