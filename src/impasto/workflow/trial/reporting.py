"""Writing an in-silico trial: the page, its figures, and a table of worlds."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from matplotlib.figure import Figure

from impasto.core import Progress, silent
from impasto.files import replacing_file
from impasto.report import TrialFindings, render_html
from impasto.report.figure_files import write_figures
from impasto.report.figures.trial_worlds import hazard_ratio_figure, power_figure, worlds_figure
from impasto.workflow.trial.summarising import trial_document

__all__ = ["write_trial_report"]


def write_trial_report(found: TrialFindings, folder: Path, progress: Progress = silent) -> tuple[Path, ...]:
    """Write ``trial.html``, ``worlds.csv``, ``worlds.json`` and each figure as PDF and PNG (300 dots per inch).

    Returns
    -------
    tuple of Path
        What was written, the page first.
    """
    written = [folder / "trial.html", folder / "worlds.csv", folder / "worlds.json"]
    text, document = render_html(found, progress), trial_document(found)
    with replacing_file(written[0]) as beside:
        beside.write_text(text, encoding="utf-8")
    with replacing_file(written[1]) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        figures = [name for name in document["worlds"][0]["designs"]["as run"] if not name.endswith(("limits", "95"))]
        writer.writerow(["world", "design", "alpha_per_gy", "alpha_spread", "sensitivity", *figures, "simulated"])
        for world in document["worlds"]:
            about = [world["alpha_per_gy"], world["alpha_spread"], world["sensitivity"]]
            for name, design in world["designs"].items():
                writer.writerow([world["name"], name, *about, *(_plain(design[one]) for one in figures), "yes"])
    with replacing_file(written[2]) as beside:
        beside.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return (*written, *write_figures(lambda: _figures(found), folder / "figures"))


def _plain(value: object) -> object:
    return " / ".join(f"{part:.2f}" for part in value) if isinstance(value, list) else value


def _figures(found: TrialFindings) -> dict[str, Figure]:
    figures = {"hazard-ratio": hazard_ratio_figure(found)}
    for design in found.assumed.designs:
        ending = design.replace(" ", "-")
        figures[f"worlds-{ending}"] = worlds_figure(found, design)
        if any(world.kind == "grid" for world in found.worlds):
            figures[f"power-{ending}"] = power_figure(found, design)
    return figures
