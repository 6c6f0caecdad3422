"""What the search for the average brain in a head is done with."""

from __future__ import annotations

from dataclasses import dataclass, field

from impasto.core import ImpastoError
from impasto.register.settings import LinearSettings

__all__ = ["TemplateSettings"]


@dataclass(frozen=True)
class TemplateSettings:
    """Search of the affine map between the average brain and a patient.

    Parameters
    ----------
    search : LinearSettings
        Levels, samples and iterations; its model, engine and restarts are not used.
    margin_mm : float
        How far around the template's brain likeness counts. The template is stripped: what is dark around it draws it
        out to the skull, more so the wider the margin.
    depths_mm : tuple of float
        Where the starts put the top of the brain below the top of the head: no skin and bone in a stripped image, and
        less than none where the field of view cuts the vertex off.
    shifts_mm : tuple of float
        How far the starts move the brain forward from the middle of the head.
    pitches_deg, rolls_deg : tuple of float
        How the starts turn the head about the left-right and the back-to-front axis.
    start_size : float
        Of a patient's head over the template, which is larger than most.
    climbed_starts : int
        How many of the likeliest starts are searched from.
    largest_stretch : float
        Factor in volume, and its inverse, beyond which the map found is no brain.

    Raises
    ------
    ImpastoError
        When there is no start, or the largest stretch is below one.
    """

    search: LinearSettings = field(
        default_factory=lambda: LinearSettings("affine", levels_mm=(6.0, 4.0, 3.0), samples=(20_000, 60_000, 60_000))
    )
    margin_mm: float = 0.0
    depths_mm: tuple[float, ...] = (-30.0, -15.0, 0.0, 15.0)
    shifts_mm: tuple[float, ...] = (-12.0, 0.0, 12.0)
    pitches_deg: tuple[float, ...] = (-36.0, -24.0, -12.0, 0.0, 12.0, 24.0, 36.0)
    rolls_deg: tuple[float, ...] = (-10.0, 0.0, 10.0)
    start_size: float = 0.93
    climbed_starts: int = 6
    largest_stretch: float = 2.0

    def __post_init__(self) -> None:
        if not (self.depths_mm and self.shifts_mm and self.pitches_deg and self.rolls_deg) or self.climbed_starts < 1:
            raise ImpastoError("template registration", "no start", "give depths, shifts, pitches and rolls")
        if not self.largest_stretch > 1.0:
            problem = f"a largest stretch of {self.largest_stretch:g}"
            raise ImpastoError("template registration", problem, "give a factor above 1")
