"""Dose accumulation: energy, analytic dilation, speed and memory beside SimpleITK; adapting the digital patient.

Both ways of mapping see a phase that is the reference squeezed to nine tenths, whose dose is a Gaussian in closed form.
The digital head-and-neck patient is then treated as the paper's figure 2 has it, with the true movement as registration
and the true oxygen and cells for control: what is compared is adaptation, not registration. Once more with hypoxia that
moves from one lesion to the other.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import ndimage

from benchmarks.harness import Verdict, measured, print_table
from impasto.adapt import MappedDose, map_dose_by_energy, map_dose_directly
from impasto.core import DisplacementField, Dose, Grid, Image, Transform
from impasto.core.itk import itk_image, itk_transform, values_from_itk
from impasto.files import Case, EntryKind, native, open_case, read_nifti, write_nifti
from impasto.workflow import Examination, PatientKind, import_folder, write_digital_patient
from impasto.workflow.adaptation import find_phases
from impasto.workflow.adaptation.adapting import AdaptationChoice, AdaptedCourse, adapt_case
from impasto.workflow.importing.adding import Addition, add_files

_DAYS = (0, 7, 17)
_NORMAL_MMHG = 30.0
_WIDTH_MM, _PEAK_GY, _SQUEEZE = 25.0, 60.0, 0.9


def run(quick: bool) -> list[Verdict]:
    spacing_mm = 4.0 if quick else 2.5
    return [*mapped_dilation(spacing_mm), *adapted_patient(quick)]


def mapped_dilation(spacing_mm: float) -> list[Verdict]:
    """Squeezed phase back on the reference: error against closed form, energy, speed, memory."""
    found = {}
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in ("direct mapping", "SimpleITK resample", "energy and mass"):
            # each in a process of its own; memory is that of the field and of the call
            found[name] = pool.apply(_measured_way, (name, spacing_mm))
    rows = [
        [
            name,
            f"{way['worst_gy']:.3f}",
            f"{way['mean_gy']:.4f}",
            f"{way['voxels'] / way['wall_s'] / 1e6:.2f}",
            f"{way['memory_mb']:.0f}",
            f"{way['energy_percent']:.1e}" if "energy_percent" in way else "",
        ]
        for name, way in found.items()
    ]
    header = ["way", "worst Gy off", "mean Gy off", "million voxels/s", "memory MB", "energy % off"]
    print_table(header, rows)
    print(f"{found['direct mapping']['voxels']:,} voxels of {spacing_mm:g} mm, peak {_PEAK_GY:g} Gy.\n")
    energy, direct, peer = found["energy and mass"], found["direct mapping"], found["SimpleITK resample"]
    bound_gy = 3.0 * spacing_mm**2 / 8.0 * _PEAK_GY / (_WIDTH_MM * _SQUEEZE) ** 2
    ratio = peer["wall_s"] / direct["wall_s"]
    off = abs(energy["energy_percent"])
    return [
        Verdict(f"energy off by {off:.1e} %", "<= 0.1 %", off <= 0.1),
        Verdict(
            f"dilation, direct mapping {direct['worst_gy']:.2f} Gy off",
            f"<= {bound_gy:.2f} Gy, the bound of trilinear interpolation",
            direct["worst_gy"] <= bound_gy,
        ),
        Verdict(f"direct mapping {ratio:.1f} times SimpleITK's speed", ">= 1", ratio >= 1.0),
    ]


def _measured_way(name: str, spacing_mm: float) -> dict[str, float]:
    grid, dose, density, there, back = _dilated(spacing_mm)
    # the first call compiles and loads
    _way(name, *_dilated(12.0))()
    work = _way(name, grid, dose, density, there, back)
    result, cost = measured(work)
    is_peer = name.startswith("SimpleITK")
    tracemalloc.start()
    work()
    own_mb = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    balance = None
    if isinstance(result, tuple):
        result, balance = result
    gy = result.gy if isinstance(result, MappedDose) else values_from_itk(result)
    truth = _gaussian(grid.voxel_centres_mm(), _WIDTH_MM)
    off = np.abs(gy - truth)[2:-2, 2:-2, 2:-2]
    figures = {
        "worst_gy": float(np.nanmax(off)),
        "mean_gy": float(np.nanmean(off)),
        "wall_s": cost.wall_s,
        "voxels": float(grid.voxel_count),
        # allocations of SimpleITK cannot be traced: its field of double precision and its output
        "memory_mb": (24 + 4) * grid.voxel_count / 1e6 if is_peer else own_mb + 12 * grid.voxel_count / 1e6,
    }
    return figures if balance is None else {**figures, "energy_percent": balance.error_percent}


def _dilated(spacing_mm: float) -> tuple[Grid, Dose, Image, Transform, Transform]:
    """Reference grid, the phase's dose and density, and the dense transforms between them."""
    extent = int(200.0 / spacing_mm)
    grid = Grid.centred((extent, extent, extent), (spacing_mm,) * 3)
    points = grid.voxel_centres_mm()
    dose = Dose(Image(_gaussian(points, _WIDTH_MM * _SQUEEZE).astype(np.float32), grid, "dose", "Gy"), 10)
    heavy = 1.0 + 0.5 * (np.abs(points[..., 0]) < 20.0)
    density = Image(heavy.astype(np.float32), grid, "relative electron density", "1")
    there = Transform.dense(DisplacementField(grid, (_SQUEEZE - 1.0) * points), "truth")
    back = Transform.dense(DisplacementField(grid, (1.0 / _SQUEEZE - 1.0) * points), "truth")
    return grid, dose, density, there, back


def _gaussian(points_mm: np.ndarray, width_mm: float) -> np.ndarray:
    return _PEAK_GY * np.exp(-0.5 * np.sum(points_mm**2, axis=-1) / width_mm**2)


def _way(name: str, grid: Grid, dose: Dose, density: Image, there: Transform, back: Transform) -> Callable[[], object]:
    """Make one way ready; images and transform of the peer are built before its clock starts."""
    if name == "direct mapping":
        return lambda: map_dose_directly(dose, there, grid)
    if name == "energy and mass":
        return lambda: map_dose_by_energy(dose, density, back, grid)
    import SimpleITK

    moving = itk_image(np.asarray(dose.gy, dtype=np.float32), dose.grid)
    onto = itk_image(np.zeros(grid.shape, dtype=np.float32), grid)
    transform = itk_transform(there)
    return lambda: SimpleITK.Resample(moving, onto, transform, SimpleITK.sitkLinear, float("nan"))


def adapted_patient(quick: bool) -> list[Verdict]:
    """Treat one digital patient adaptively and not, once as it is and once with hypoxia that moves."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        examination = Examination(anatomy_mm=(3.2, 3.2, 4.0)) if quick else None
        write_digital_patient(PatientKind.HEAD_NECK, folder / "patient", seed=1, examination=examination)
        import_folder(folder / "patient" / "scans", folder / "case", "digital patient")
        transforms = _true_transforms(folder / "patient" / "truth", folder)
        _add_truth(folder)
        shutil.copytree(folder / "case", folder / "moved")
        _move_hypoxia(open_case(folder / "moved"))
        print("Hypoxia shrinks where it was:\n")
        shrinking = _treated(folder / "case", transforms, quick)
        print("Hypoxia moves, in the primary alone before treatment, in the node alone from fraction 7 on:\n")
        moving = _treated(folder / "moved", transforms, quick)
        sums = [folder / name / "results/adaptive/sum-adaptive/figures/figures.json" for name in ("case", "moved")]
        energies = [json.loads(path.read_text())["energy"] for path in sums]
    off = max(abs(day["error_percent"]) for energy in energies for day in energy.values())
    least = min(float(row[-2]) for row in _rows(shrinking, "Coverage"))
    adaptive, unadapted = (float(_rows(moving, "Coverage")[1][column]) for column in (-2, -1))
    control = [float(row[2]) for row in _rows(moving, "Tumour control")]
    return [
        Verdict(f"patient's energy off by {off:.1e} %", "<= 0.1 %", off <= 0.1),
        Verdict(f"adaptive covers {least:.0f} % of what was hypoxic on any day", ">= 95 %", least >= 95.0),
        Verdict(
            f"hypoxia that moved covered {adaptive:.0f} % adaptive, {unadapted:.0f} % not",
            "more",
            adaptive > unadapted,
        ),
        Verdict(
            f"its TCP over patients {control[0]:.2f} adaptive, {control[1]:.2f} not", "more", control[0] > control[1]
        ),
    ]


def _treated(case: Path, transforms: tuple[Path, ...], quick: bool) -> AdaptedCourse:
    choice = AdaptationChoice(
        at=_DAYS[1:],
        tracer="FMISO",
        registration="supplied",
        transforms=transforms,
        oxygen=tuple(f"oxygen-{day}" for day in _DAYS),
        cells="cells",
    )
    adapted, cost = measured(lambda: adapt_case(open_case(case), choice, _plan_settings(quick)))
    for table in adapted.tables:
        print(table.title)
        print_table(table.header, [[_cell(cell) for cell in row] for row in table.rows])
        print()
    print(f"The whole adaptation took {cost.wall_s:.0f} s ({cost.cpu_s:.0f} s of CPU).\n")
    return adapted


def _rows(adapted: AdaptedCourse, title: str) -> tuple[tuple[str | float, ...], ...]:
    return next(table.rows for table in adapted.tables if table.title.startswith(title))


def _move_hypoxia(case: Case) -> None:
    """Take hypoxia out of the node's first images and out of the primary's later ones: uptake and oxygen alike."""
    for phase in find_phases(case, _DAYS, "FMISO"):
        assert phase.structures is not None
        drawn = native.read_structures(case.path(phase.structures))
        well = drawn["GTVn" if phase.given == 0 else "GTVp"]
        stem = case.path(phase.pet)
        pet = native.read_image(stem)
        around = drawn["PTV70"].voxels(pet.grid) & ~drawn["GTVp"].voxels(pet.grid) & ~drawn["GTVn"].voxels(pet.grid)
        near = ndimage.binary_dilation(well.occupancy(pet.grid) > 0.0, iterations=2)
        level = float(np.median(pet.data[around]))
        native.write_image(pet.with_data(np.where(near, np.minimum(pet.data, level), pet.data)), stem)
        stem = case.path(case.entry(EntryKind.IMAGE, f"oxygen-{phase.given}"))
        oxygen = native.read_image(stem)
        inside = ndimage.binary_dilation(well.occupancy(oxygen.grid) > 0.0, iterations=2)
        rich = np.where(inside & (oxygen.data > 0.0), np.maximum(oxygen.data, _NORMAL_MMHG), oxygen.data)
        native.write_image(oxygen.with_data(rich), stem)


def _plan_settings(quick: bool) -> dict[str, object]:
    """Coarser than the default, to end in minutes."""
    settings = {"dose_grid_mm": 5.0 if quick else 4.0, "around_targets_mm": 30.0}
    if quick:
        settings |= {"bixel_width_mm": 8.0, "maximum_iterations": 100, "gantry_deg": [0.0, 72.0, 144.0, 216.0, 288.0]}
    return {f"plan-{day}.{name}": value for day in _DAYS for name, value in settings.items()}


def _true_transforms(truth: Path, folder: Path) -> tuple[Path, ...]:
    """Write the patient's movement as registrations from each day to the day before, both ways."""
    to_planning = {day: _movement(truth / f"fraction-{day:02d}") for day in _DAYS[1:]}
    written = []
    for before, day in pairwise(_DAYS):
        forward, backward = to_planning[day].inverse(), to_planning[day]
        if before:
            forward = to_planning[before].then(forward)
            backward = backward.then(to_planning[before].inverse())
        place = folder / f"transform-{day}"
        native.write_transform(forward, place)
        native.write_transform(backward, place / "backward")
        written.append(place)
    return tuple(written)


def _movement(folder: Path) -> Transform:
    axes = [read_nifti(folder / f"movement-{axis}.nii.gz", "movement", "mm") for axis in "xyz"]
    return Transform.dense(DisplacementField(axes[0].grid, np.stack([a.data for a in axes], axis=-1)), "truth")


def _add_truth(folder: Path) -> None:
    """Add the true oxygen of each day's tissue, and the living cells before treatment, to the case."""
    for day in _DAYS:
        truth = folder / "patient" / "truth" / f"fraction-{day:02d}"
        oxygen = read_nifti(truth / "oxygen.nii.gz", "oxygen partial pressure", "mm[Hg]")
        air = 0.01 * read_nifti(truth / "tissues" / "air.nii.gz", "air", "%").data
        # the pressure of a voxel counts its air as zero
        of_tissue = oxygen.with_data(np.where(air < 0.9, oxygen.data / np.maximum(1.0 - air, 0.1), 0.0))
        _add(folder, of_tissue, f"oxygen-{day}")
    truth = folder / "patient" / "truth" / "fraction-00"
    cells = read_nifti(truth / "tumour-cells.nii.gz", "tumour-cell density", "1")
    dead = 0.01 * read_nifti(truth / "tissues" / "necrosis.nii.gz", "necrosis", "%").data
    _add(folder, cells.with_data(cells.data * (1.0 - dead)), "cells")


def _add(folder: Path, image: Image, name: str) -> None:
    path = folder / f"{name}.nii.gz"
    write_nifti(image.with_data(image.data.astype(np.float32)), path)
    add_files(folder / "case", [path], Addition(name=name, quantity=image.quantity, unit=image.unit))


def _cell(cell: str | float) -> str:
    return f"{cell:.2f}" if isinstance(cell, float) else cell
