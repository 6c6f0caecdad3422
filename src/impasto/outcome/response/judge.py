"""One scan judged by itself and those before it."""

from __future__ import annotations

from datetime import date

from impasto.outcome.response.assessment import Assessment, Response
from impasto.outcome.response.criteria import EarlyRule, ResponseCriteria
from impasto.outcome.response.signs import Sizes, complete_obstacles, partial_obstacles, progression_signs, size_of
from impasto.outcome.response.timepoint import Pathology, Timepoint

__all__ = ["Judge"]


class Judge:
    """Judges scans one by one against those before.

    Parameters
    ----------
    criteria : ResponseCriteria
    scans : list of Timepoint
        In order of date.
    start : int
        Place of the baseline.
    radiotherapy_end : datetime.date, optional
    is_measurable : bool
        Whether there was measurable disease at the baseline.
    """

    def __init__(
        self,
        criteria: ResponseCriteria,
        scans: list[Timepoint],
        start: int,
        radiotherapy_end: date | None,
        is_measurable: bool,
    ) -> None:
        self.criteria, self.scans, self.start = criteria, scans, start
        self.radiotherapy_end, self.is_measurable = radiotherapy_end, is_measurable

    def size(self, place: int) -> float:
        """Size of the tumour at a scan."""
        return size_of(self.scans[place], self.criteria.measure)

    def before_baseline(self, place: int) -> Assessment:
        """Give no response yet."""
        return Assessment(self.scans[place], Response.BEFORE_BASELINE, self.size(place), None, None, ())

    def at_baseline(self) -> Assessment:
        """Give the scan that others are compared with."""
        return Assessment(self.scans[self.start], Response.BASELINE, self.size(self.start), 0.0, None, ())

    def after_baseline(self, place: int) -> Assessment:
        """Judge by this scan and those before it: later ones confirm or refute."""
        sizes = self.sizes(place)
        scan, lowest = self.scans[place], self.scans[sizes.nadir_place]
        signs, remarks = progression_signs(scan, sizes, lowest, self.criteria)
        response, reasons = Response.PROGRESSION, signs
        if scan.pathology is Pathology.TREATMENT_EFFECT and signs:
            response, reasons = Response.STABLE, (*signs, "but pathology shows treatment effect")
        elif signs and self._is_early(scan):
            response, reasons = self._early(scan, signs)
        if not signs:
            response, reasons = self._decrease(scan, sizes)
        return Assessment(scan, response, sizes.now, sizes.from_baseline, sizes.from_nadir, (*reasons, *remarks), signs)

    def sizes(self, place: int) -> Sizes:
        """Sizes that a scan is judged by."""
        nadir = min(range(self.start, place), key=self.size)
        return Sizes(self.size(place), self.size(self.start), self.size(nadir), nadir)

    def _is_early(self, scan: Timepoint) -> bool:
        if self.radiotherapy_end is None:
            return False
        return 0 <= (scan.date - self.radiotherapy_end).days <= self.criteria.early_days

    def _early(self, scan: Timepoint, signs: tuple[str, ...]) -> tuple[Response, tuple[str, ...]]:
        weeks = f"within {self.criteria.early_days / 7:g} weeks of radiotherapy"
        if scan.pathology is Pathology.TUMOUR:
            return Response.PROGRESSION, (*signs, "pathology shows tumour")
        if self.criteria.early is EarlyRule.CONFIRM:
            return Response.PRELIMINARY, (*signs, f"{weeks}: a second scan has to confirm it")
        if scan.outside_field:
            return Response.PROGRESSION, (*signs, "outside the high-dose region")
        return Response.STABLE, (
            *signs,
            f"{weeks} this is progression only outside the high-dose region or by pathology",
        )

    def _decrease(self, scan: Timepoint, sizes: Sizes) -> tuple[Response, tuple[str, ...]]:
        """Propose a response; whether it lasts is judged afterwards."""
        first = self.scans[self.start]
        limit = 1.0 - self.criteria.response_fall
        is_gone = not scan.shows_enhancement and size_of(first, self.criteria.measure) > 0.0
        is_small = sizes.baseline > 0.0 and sizes.now <= limit * sizes.baseline * (1.0 + 1e-9)
        if not (is_gone or is_small):
            return Response.STABLE, ("no limit is crossed",)
        if not self.is_measurable:
            return Response.STABLE, ("without measurable disease at the baseline there is no response",)
        obstacles = complete_obstacles(scan, self.criteria)
        if is_gone and not obstacles:
            return Response.COMPLETE, ("no enhancing lesion is left",)
        blocked = partial_obstacles(scan, first, self.criteria)
        change = f"{100.0 * (1.0 - sizes.now / sizes.baseline):.0f} % below the baseline"
        if blocked:
            return Response.STABLE, (change, *(f"but {reason}" for reason in blocked))
        return Response.PARTIAL, (change, *(f"not complete: {reason}" for reason in obstacles if is_gone))
