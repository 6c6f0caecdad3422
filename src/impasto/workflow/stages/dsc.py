"""Stage: a susceptibility contrast series becomes maps of blood volume, leakage, flow and times."""

from __future__ import annotations

from impasto.core import Grid, Image, Progress
from impasto.files import StrictModel
from impasto.maps.dsc import DscRegions, DscSettings, VoxelReason, dsc_maps
from impasto.workflow.artefacts import Figures
from impasto.workflow.stage import Inputs, Stage, StageResult
from impasto.workflow.stages.map_names import output_name
from impasto.workflow.stages.reason_counts import reason_counts
from impasto.workflow.stages.regions import region_mask, region_share

__all__ = ["DSC", "DscStageSettings", "dsc_regions"]


class DscStageSettings(StrictModel):
    """What a protocol says about a susceptibility contrast series: names of structures, echo time, fit."""

    brain: str = "Brain"
    reference: str = "NAWM*"
    artery: str = "AIF*"
    echo_time_s: float | None = None
    fit: DscSettings = DscSettings()

    def echo_time_of(self, inputs: Inputs) -> float:
        """Take the echo time in seconds from the settings, else from the header.

        Raises
        ------
        ImpastoError
            When neither says it.
        """
        return self.echo_time_s or inputs.mr_acquisition("series").required("echo_time_s", "DSC series")


def _run(inputs: Inputs, settings: DscStageSettings, progress: Progress) -> StageResult:
    series, echo_time_s = inputs.image("series"), settings.echo_time_of(inputs)
    regions = dsc_regions(inputs, settings, series.grid)
    maps = dsc_maps(series, echo_time_s, regions, settings.fit, progress=progress)
    outputs: dict[str, Image | Figures] = {output_name(name): image for name, image in maps.items()}
    outputs["figures"] = reason_counts(maps["reason"], VoxelReason)
    return StageResult(outputs, _notes(regions, settings, echo_time_s))


def dsc_regions(inputs: Inputs, settings: DscStageSettings, grid: Grid) -> DscRegions:
    """Find brain, artery and white matter among the structures."""
    return DscRegions(
        brain=region_mask(inputs, settings.brain, grid),
        arterial=region_mask(inputs, settings.artery, grid),
        white_matter=region_share(inputs, settings.reference, grid),
    )


def _notes(regions: DscRegions, settings: DscStageSettings, echo_time_s: float) -> tuple[str, ...]:
    fit = settings.fit
    over = "the reference tissue" if regions.white_matter is None else f"the structure {settings.reference!r}"
    artery = "picked by the shape of curves" if regions.arterial is None else f"the structure {settings.artery!r}"
    leakage = "corrected for leakage (Boxerman 2006)" if fit.corrects_leakage else "not corrected for leakage"
    return (
        f"Echo time {1e3 * echo_time_s:.0f} ms; rCBV over {over}, {leakage}.",
        f"Arterial input: {artery}; deconvolution by {fit.method}.",
        f"CBV and CBF take density {fit.density_g_per_ml:g} g/mL and haematocrit {fit.haematocrit_large_vessel:g} in "
        f"large, {fit.haematocrit_small_vessel:g} in small vessels; with an MR input only their order counts.",
    )


DSC = Stage("dsc", DscStageSettings, _run)
