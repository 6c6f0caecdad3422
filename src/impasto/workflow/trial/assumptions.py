"""The assumptions of an in-silico trial: one TOML file in which every value says where it comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from impasto.core import ImpastoError
from impasto.files import StrictModel, validated
from impasto.phantom.boost_zones import BoostMargins
from impasto.phantom.glioma_population import GlioblastomaPopulation

__all__ = ["Assumptions", "Design", "Grid", "Stated", "assumption_names", "assumptions_text", "read_assumptions"]


class Stated(StrictModel):
    """A value, its unit, and its source or the word assumption."""

    value: float
    unit: str
    source: str = Field(min_length=3)


class StatedAxis(StrictModel):
    """Values that a grid goes through."""

    values: tuple[float, ...] = Field(min_length=1)
    unit: str
    source: str = Field(min_length=3)


class Tumour(StrictModel):
    """Distributions that digital patients are drawn from."""

    diameter_mm: Stated
    diameter_spread: Stated
    smallest_mm: Stated
    largest_mm: Stated
    biopsy_share: Stated
    residual_share: Stated
    residual_spread: Stated
    infiltration_mm: Stated
    infiltration_spread: Stated
    infiltration_direction_spread: Stated
    methylated_share: Stated
    clonogens_per_ml: Stated
    growth_spread: Stated
    lethal_burden: Stated
    burden_spread: Stated


class Radiosensitivity(StrictModel):
    """Linear-quadratic survival and how patients differ."""

    alpha_per_gy: Stated
    alpha_spread: Stated
    alpha_beta_gy: Stated


class DoseAssumptions(StrictModel):
    """The surrogate dose: three levels and how far they reach."""

    base_gy: Stated
    boost_gy: Stated
    beyond_gy: Stated
    fractions: Stated
    base_margin_mm: Stated
    flair_density: Stated
    marked_margin_mm: Stated
    planning_margin_mm: Stated
    not_boosted: Stated


class MrsiAssumptions(StrictModel):
    """What MRSI sees."""

    sensitivity: Stated
    specificity: Stated
    correlation: Stated
    abnormal_density: Stated
    voxel_mm: Stated


class Course(StrictModel):
    """From randomisation to what imaging shows."""

    radiotherapy_end_months: Stated
    first_scan_months: Stated
    scan_interval_months: Stated
    scan_jitter_months: Stated
    progression_factor: Stated


class CalibrationTargets(StrictModel):
    """Medians of the control arm that growth is fitted to."""

    overall_survival_months: Stated
    methylated_survival_months: Stated
    progression_free_months: Stated
    patients: Stated


class Published(StrictModel):
    """What the trial found."""

    hazard_ratio: Stated
    lower: Stated
    upper: Stated
    control_deaths: Stated
    progression_hazard_ratio: Stated
    modified_share: Stated


class Design(StrictModel):
    """Accrual, follow-up and looks."""

    patients: Stated
    accrual_months: Stated
    events: Stated
    interim_events: Stated
    planned_events: Stated
    longest_follow_up_months: Stated
    lost_per_month: Stated
    last_analysis_months: Stated


class Designs(StrictModel):
    """The trial as it ran and as it was planned, and the error they may make."""

    alpha: Stated
    planned_hazard_ratio: Stated
    as_run: Design = Field(alias="as-run")
    as_planned: Design = Field(alias="as-planned")


class Grid(StrictModel):
    """Worlds to compare: every combination."""

    alpha_per_gy: StatedAxis
    alpha_spread: StatedAxis
    sensitivity: StatedAxis


class Assumptions(StrictModel):
    """Everything that an in-silico trial assumes."""

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    about: str
    tumour: Tumour
    radiosensitivity: Radiosensitivity
    dose: DoseAssumptions
    mrsi: MrsiAssumptions
    course: Course
    calibration: CalibrationTargets
    published: Published
    design: Designs
    grid: Grid
    worlds: dict[str, dict[str, float]] = Field(default_factory=dict)

    def with_values(self, changes: Mapping[str, float]) -> Assumptions:
        """Return the assumptions with values replaced.

        Parameters
        ----------
        changes : mapping of str to float
            By path, such as ``"dose.boost_gy"``.

        Raises
        ------
        ImpastoError
            When a path names no value.
        """
        document = self.model_dump(by_alias=True)
        for path, value in changes.items():
            entry: Any = document
            for part in path.split("."):
                entry = entry.get(part) if isinstance(entry, dict) else None
            if not isinstance(entry, dict) or "value" not in entry:
                remedy = "name one as table.value, such as dose.boost_gy"
                raise ImpastoError(path, f"the assumptions of {self.name} have no such value", remedy)
            entry["value"] = value
        return validated(document, Assumptions, self.name)

    def population(self) -> GlioblastomaPopulation:
        """Distributions of the patients."""
        t = self.tumour
        return GlioblastomaPopulation(
            t.diameter_mm.value, t.diameter_spread.value, (t.smallest_mm.value, t.largest_mm.value),
            t.biopsy_share.value, t.residual_share.value, t.residual_spread.value, t.infiltration_mm.value,
            t.infiltration_spread.value, t.infiltration_direction_spread.value, t.methylated_share.value,
            t.growth_spread.value, t.burden_spread.value,
        )  # fmt: skip

    def margins(self) -> BoostMargins:
        """Reach of the doses."""
        d, m = self.dose, self.mrsi
        return BoostMargins(
            d.base_margin_mm.value, d.flair_density.value, d.marked_margin_mm.value, d.planning_margin_mm.value,
            m.abnormal_density.value, m.voxel_mm.value,
        )  # fmt: skip

    def designs(self) -> dict[str, Design]:
        """Give the designs by name."""
        return {"as run": self.design.as_run, "as planned": self.design.as_planned}

    def rows(self) -> Iterator[tuple[str, str, str, str]]:
        """Give name, value, unit and source of everything assumed."""
        yield from _rows(self, "")


def assumption_names() -> list[str]:
    """Names of the trials that come with impasto."""
    return sorted(file.name.removesuffix(".toml") for file in _folder().iterdir() if file.name.endswith(".toml"))


def assumptions_text(name: str) -> str:
    """Text of the assumptions with a name, or at a path that ends in ``.toml``.

    Raises
    ------
    ImpastoError
        When there are none.
    """
    if name.endswith(".toml"):
        if not Path(name).is_file():
            raise ImpastoError(name, "no such file of assumptions", "check the path")
        return Path(name).read_text(encoding="utf-8")
    if name not in assumption_names():
        known = ", ".join(assumption_names())
        raise ImpastoError(name, "no trial has this name", f"choose one of: {known}; or give the path of a .toml file")
    return (_folder() / f"{name}.toml").read_text(encoding="utf-8")


def read_assumptions(text: str, subject: str) -> Assumptions:
    """Check assumptions, every value with its unit and source.

    Raises
    ------
    ImpastoError
        When the text is not TOML, or a value or a source is missing.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImpastoError(subject, f"is not TOML ({error})", "correct the file") from None
    return validated(document, Assumptions, subject)


def _folder() -> resources.abc.Traversable:
    return resources.files("impasto.workflow.trial")


def _rows(model: StrictModel, before: str) -> Iterator[tuple[str, str, str, str]]:
    for name in type(model).model_fields:
        entry = getattr(model, name)
        path = f"{before}{name.replace('_', ' ')}"
        if isinstance(entry, Stated):
            yield path, f"{entry.value:g}", entry.unit, entry.source
        elif isinstance(entry, StatedAxis):
            yield path, ", ".join(f"{value:g}" for value in entry.values), entry.unit, entry.source
        elif isinstance(entry, StrictModel):
            yield from _rows(entry, f"{path}: ")
