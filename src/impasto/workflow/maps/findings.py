"""What a report says about the maps of one step, from what the step left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from impasto.core import Image, StructureSet
from impasto.core.arrays import BoolArray
from impasto.report import USUAL_SCALES, CoverageRow, MapFindings, MapsOverAnatomy, VoxelSpectrum
from impasto.report.voxel_reasons import reasons_in_words
from impasto.workflow.maps.catalogue import CATALOGUE, MapKinds
from impasto.workflow.maps.region_values import StructureVoxels, region_values
from impasto.workflow.record import StepRecord
from impasto.workflow.results import ProtocolResults
from impasto.workflow.spectroscopy.view import spectroscopy_findings

__all__ = ["Surroundings", "map_findings"]

_LEAST_UPTAKE = 0.05
"""Of the greatest: what lies lower is taken to be outside the body when the extent of a PET image is drawn."""


@dataclass(frozen=True, eq=False)
class Surroundings:
    """What maps are shown and summed up in.

    Parameters
    ----------
    anatomy : Image, optional
    outlined : StructureSet, optional
        Structures drawn in every picture.
    voxels : StructureVoxels
        Of all structures of the case.
    """

    anatomy: Image | None
    outlined: StructureSet | None
    voxels: StructureVoxels


@dataclass(frozen=True, eq=False)
class _Left:
    """What a step left: its maps by output, voxels of each whose value counts, and voxels that were mapped at all."""

    kinds: MapKinds
    maps: dict[str, Image]
    trusted: dict[str, BoolArray]
    fitted: BoolArray
    coverage: tuple[CoverageRow, ...]

    def name(self, output: str) -> str:
        return self.kinds.names.get(output, self.maps[output].quantity)


def map_findings(results: ProtocolResults, record: StepRecord, around: Surroundings) -> MapFindings:
    """Gather the maps of a step.

    Parameters
    ----------
    results : ProtocolResults
    record : StepRecord
        Of a stage in :data:`~impasto.workflow.maps.catalogue.CATALOGUE`.
    around : Surroundings
    """
    left = _read(results, record)
    grid = next(iter(left.maps.values())).grid
    named = {left.name(output): output for output in left.maps}
    regions = region_values(
        {name: left.maps[output] for name, output in named.items()},
        {name: left.trusted[output] for name, output in named.items()},
        left.fitted,
        around.voxels.on(grid),
    )
    drawn, coverage = _drawn(left, around), left.coverage
    spectra: tuple[VoxelSpectrum, ...] = ()
    if record.stage.endswith("spectroscopy"):
        found = spectroscopy_findings(results, record.step, around.anatomy, around.outlined)
        drawn, coverage, spectra = found.maps, found.coverage, found.spectra
    units = {name: left.maps[output].unit for name, output in named.items()}
    telling = left.name(left.kinds.telling) if left.kinds.telling in left.maps else ""
    return MapFindings(
        record.step,
        f"{left.kinds.title}: {record.step}",
        record.notes,
        drawn,
        telling,
        units,
        regions,
        coverage,
        spectra,
    )


def _read(results: ProtocolResults, record: StepRecord) -> _Left:
    kinds = CATALOGUE[record.stage]
    images = {}
    for output, kept in record.outputs.items():
        if kept.kind == "Image":
            image = results.load(f"{record.step}.{output}")
            assert isinstance(image, Image)
            images[output] = image
    maps = {output: image for output, image in images.items() if output not in kinds.not_values}
    fitted = np.any([np.isfinite(image.data) for image in maps.values()], axis=0)
    trusted = {output: np.isfinite(image.data) for output, image in maps.items()}
    for reasons in kinds.reasons:
        if reasons.output in images:
            flags = np.asarray(images[reasons.output].data).astype(np.int64)
            fitted |= flags != 0
            for output in reasons.against.keys() & maps.keys():
                trusted[output] &= flags & int(reasons.against[output]) == 0
    return _Left(kinds, maps, trusted, fitted, _coverage(kinds, images, fitted))


def _drawn(left: _Left, around: Surroundings) -> MapsOverAnatomy | None:
    """Choose the maps of the figure; None for a single voxel, and where nothing was mapped."""
    shown = {left.name(output): output for output in left.kinds.drawn if output in left.maps}
    if not shown or not left.fitted.any() or left.fitted.size == 1:
        return None
    maps = {name: left.maps[output] for name, output in shown.items()}
    doubted = {name: np.isfinite(maps[name].data) & ~left.trusted[output] for name, output in shown.items()}
    return MapsOverAnatomy(
        around.anatomy or left.maps.get("s0") or next(iter(maps.values())),
        maps,
        _extent(left, maps),
        {name: voxels for name, voxels in doubted.items() if voxels.any()},
        scales={name: USUAL_SCALES[name] for name in maps if name in USUAL_SCALES},
        structures=around.outlined,
    )


def _extent(left: _Left, maps: Mapping[str, Image]) -> BoolArray:
    """Voxels that were fitted; of an image that has values in air as well, those that take something up."""
    if left.kinds.reasons:
        return left.fitted
    values = np.nan_to_num(next(iter(maps.values())).data)
    return np.asarray(left.fitted & (values > _LEAST_UPTAKE * np.percentile(values, 99.9)))


def _coverage(kinds: MapKinds, images: Mapping[str, Image], fitted: BoolArray) -> tuple[CoverageRow, ...]:
    """Count the voxels that were mapped, those with nothing against them, and those with each reason."""
    rows: list[CoverageRow] = []
    flagged = np.zeros(fitted.shape, dtype=bool)
    for reasons in kinds.reasons:
        if reasons.output not in images:
            continue
        flags = np.asarray(images[reasons.output].data).astype(np.int64)
        flagged |= flags != 0
        counts = {flag: int(np.count_nonzero(flags & int(flag))) for flag in reasons.flags}
        rows += [
            CoverageRow(reasons_in_words(int(flag), reasons.flags)[0], count) for flag, count in counts.items() if count
        ]
    if not kinds.reasons:
        return ()
    whole = int(np.count_nonzero(fitted))
    clear = whole - int(np.count_nonzero(flagged))
    return (CoverageRow("mapped", whole), CoverageRow("nothing against them", clear), *rows)
