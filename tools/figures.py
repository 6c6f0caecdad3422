"""Draw the figures of the documentation from the demo's digital patient.

python tools/figures.py docs/figures
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from impasto.files import open_case
from impasto.report.figures.maps_over_anatomy import maps_figure
from impasto.report.figures.orthogonal import orthogonal_figure
from impasto.report.figures.painting_function import painting_figure, target_voxels
from impasto.report.figures.plan_comparison import comparison_figure
from impasto.report.figures.spectrum import spectrum_figure
from impasto.report.scene import Scene
from impasto.report.theme import figure_style
from impasto.workflow import open_results, report_content, run_demo


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the figures of the documentation.")
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        run_demo(Path(temporary) / "demo")
        content = report_content(open_results(open_case(Path(temporary) / "demo" / "case")))
    doses = tuple(plan.dose for plan in content.plans)
    names = tuple(plan.name for plan in content.plans)
    functional, spectroscopy = content.images.functional, content.spectroscopy
    assert functional is not None
    assert spectroscopy is not None
    assert spectroscopy.maps is not None
    with figure_style():
        scene = Scene.of(content)
        figures = {
            "painted": comparison_figure(scene, (doses[0], doses[1]), (names[0], names[1])),
            "slices": orthogonal_figure(scene, doses[0]),
            "painting": painting_figure(target_voxels(functional, content.images.prescribed, doses), functional, names),
            "metabolites": maps_figure(spectroscopy.maps, ["Cho/NAA", "CNI"]),
            "spectrum": spectrum_figure(spectroscopy.spectra[0]),
        }
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.png", dpi=110)
            print(folder / f"{name}.png")


if __name__ == "__main__":
    main()
