"""Maps of perfusion and diffusion whose truth is known by construction, for the tests of this room."""

from __future__ import annotations

import numpy as np
from tests.report.known_spectra import metabolite_maps

from impasto.core import Grid, Image, Role, Structure, StructureSet
from impasto.report import (
    USUAL_SCALES,
    CoverageRow,
    Heading,
    MapFindings,
    MapReportContent,
    MapsOverAnatomy,
    RegionValues,
    Setting,
    Spread,
    Step,
    StepSettings,
)

GRID = Grid.centred((40, 40, 20), (3.0, 3.0, 4.0))
TUMOUR_MM = (30.0, -24.0, 6.0)
DOUBTED_MM = (-30.0, 24.0, 6.0)


def near(point_mm: tuple[float, float, float], radius_mm: float) -> np.ndarray:
    return np.linalg.norm(GRID.voxel_centres_mm() - np.array(point_mm), axis=-1) < radius_mm


def diffusion_maps() -> MapsOverAnatomy:
    """ADC 0.8 in a ball, 2.4 in the tumour, doubted in a second place, none in a third; FA 0.3."""
    head, tumour, doubted, missing = (
        near((0.0, 0.0, 0.0), 55.0), near(TUMOUR_MM, 10.0), near(DOUBTED_MM, 9.0), near((0.0, 0.0, 6.0), 9.0),
    )  # fmt: skip
    adc = np.where(head & ~missing, np.where(tumour, 2.4, 0.8), np.nan)
    maps = {"ADC": Image(adc, GRID, "ADC", "um2/ms"), "FA": Image(np.where(head, 0.3, np.nan), GRID, "FA", "1")}
    return MapsOverAnatomy(
        anatomy=Image(np.full(GRID.shape, 100.0, np.float32), GRID, "t1c", "1"),
        maps=maps,
        fitted=head,
        doubted={"ADC": doubted & head},
        scales={name: USUAL_SCALES[name] for name in maps},
        structures=StructureSet((Structure.from_mask("GTV", Role.GTV, tumour, GRID),)),
    )


def map_content() -> MapReportContent:
    """Two steps: spectroscopy and diffusion."""
    gtv = RegionValues("GTV", 40, {"ADC": Spread(2.4, 2.31, 2.49, 40), "FA": Spread(0.061, 0.029, 0.102, 30)})
    lens = RegionValues("Lens", 2, {"ADC": Spread(float("nan"), float("nan"), float("nan"), 0), "FA": gtv.values["FA"]})
    return MapReportContent(
        heading=Heading("Maps", "HEAD-0002", "maps", "1 May 2026", is_simulated=True),
        findings=(
            MapFindings("mrsi", "Spectroscopy: mrsi", ("Echo time 50 ms.",), metabolite_maps(), "Cho/NAA"),
            MapFindings(
                "dwi",
                "Diffusion: dwi",
                ("b-values: 0, 1000 s/mm2.", "Motion was corrected."),
                diffusion_maps(),
                "ADC",
                {"ADC": "um2/ms", "FA": "1"},
                (gtv, lens),
                (CoverageRow("mapped", 1000), CoverageRow("signal would grow along some direction", 13)),
            ),
        ),
        notes=("dsc has no current maps.",),
        settings=(StepSettings("dwi", tuple(Setting(f"fit.{n}", str(n), "", "") for n in "abc")),),
        provenance=(Step("dwi (diffusion)", ("dwi-diffusion 12ab34cd",), "key 99", "0.1.0"),),
    )
