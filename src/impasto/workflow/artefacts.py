"""What steps hand to each other, and how each kind is kept on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from impasto.core import DiffusionSeries, Dose, Image, Plan, Prescription, Spectra, StructureSet, Transform
from impasto.files import native, read_diffusion, write_diffusion

__all__ = ["Artefact", "Figures", "read_artefact", "write_artefact"]


@dataclass(frozen=True)
class Figures:
    """Numbers and words of a result as plain JSON values, units in the keys."""

    values: dict[str, Any]


Artefact: TypeAlias = (
    Image | StructureSet | Dose | Prescription | Plan | Spectra | DiffusionSeries | Transform | Figures
)


def _write_image(image: Image, folder: Path) -> None:
    native.write_image(image, folder / "image")


def _read_image(folder: Path) -> Image:
    return native.read_image(folder / "image")


def _write_spectra(spectra: Spectra, folder: Path) -> None:
    native.write_spectra(spectra, folder / "spectra")


def _read_spectra(folder: Path) -> Spectra:
    return native.read_spectra(folder / "spectra")


def _write_diffusion(series: DiffusionSeries, folder: Path) -> None:
    write_diffusion(series, folder / "diffusion")


def _read_diffusion(folder: Path) -> DiffusionSeries:
    return read_diffusion(folder / "diffusion")


def _write_figures(figures: Figures, folder: Path) -> None:
    (folder / "figures.json").write_text(json.dumps(figures.values, indent=1) + "\n", encoding="utf-8")


def _read_figures(folder: Path) -> Figures:
    return Figures(json.loads((folder / "figures.json").read_text(encoding="utf-8")))


_FORMATS: dict[type[Any], tuple[Callable[[Any, Path], None], Callable[[Path], Artefact]]] = {
    Image: (_write_image, _read_image),
    StructureSet: (native.write_structures, native.read_structures),
    Dose: (native.write_dose, native.read_dose),
    Prescription: (native.write_prescription, native.read_prescription),
    Plan: (native.write_plan, native.read_plan),
    Spectra: (_write_spectra, _read_spectra),
    DiffusionSeries: (_write_diffusion, _read_diffusion),
    Transform: (native.write_transform, native.read_transform),
    Figures: (_write_figures, _read_figures),
}

_BY_NAME = {kind.__name__: formats for kind, formats in _FORMATS.items()}


def write_artefact(artefact: Artefact, folder: Path) -> str:
    """Write an artefact into a new folder and return the name of its kind."""
    folder.mkdir(parents=True)
    _FORMATS[type(artefact)][0](artefact, folder)
    return type(artefact).__name__


def read_artefact(kind: str, folder: Path) -> Artefact:
    """Read an artefact of a named kind."""
    return _BY_NAME[kind][1](folder)
