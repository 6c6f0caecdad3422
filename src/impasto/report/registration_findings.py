"""What a report of registrations says: plain data that a workflow fills in."""

from __future__ import annotations

from dataclasses import dataclass

from impasto.core import Image, ImpastoError
from impasto.register import RegistrationQuality
from impasto.report.content import Heading, Step
from impasto.report.map_findings import StepSettings

__all__ = ["RegistrationFindings", "RegistrationReportContent"]


@dataclass(frozen=True, eq=False)
class RegistrationFindings:
    """Everything a report says about one registration.

    Parameters
    ----------
    step : str
        Its name in the protocol.
    fixed_name, moving_name : str
    fixed : Image
    started : Image
        The moving image laid into the fixed frame where the search began.
    moved : Image
        The moving image after registration, in the fixed frame.
    quality : RegistrationQuality
    is_affine : bool
        Whether nothing was bent: other limits hold then.
    method : str
    notes : tuple of str
    error : Image, optional
        Where the registration is doubtful, in mm, in the fixed frame: expected target registration error of an affine
        one, forward-backward error of a dense one.
    absent : Image, optional
        1 where the fixed image has no counterpart.
    is_accepted : bool
        Whether it was accepted by name although it failed its verdict.
    """

    step: str
    fixed_name: str
    moving_name: str
    fixed: Image
    started: Image
    moved: Image
    quality: RegistrationQuality
    is_affine: bool
    method: str
    notes: tuple[str, ...] = ()
    error: Image | None = None
    absent: Image | None = None
    is_accepted: bool = False

    @property
    def title(self) -> str:
        """Which image was brought onto which."""
        return f"{self.moving_name} to {self.fixed_name}"


@dataclass(frozen=True, eq=False)
class RegistrationReportContent:
    """Everything a report of registrations says.

    Raises
    ------
    ImpastoError
        When there is none.
    """

    heading: Heading
    findings: tuple[RegistrationFindings, ...]
    notes: tuple[str, ...] = ()
    settings: tuple[StepSettings, ...] = ()
    provenance: tuple[Step, ...] = ()

    def __post_init__(self) -> None:
        if not self.findings:
            raise ImpastoError("report of registrations", "there are none", "make one: impasto register CASE")
