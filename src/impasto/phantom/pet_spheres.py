"""Hot spheres and irregular lesions in a warm background as a PET scanner shows them, with their exact truth.

What NEMA's and other fillable phantoms are for, but without walls: cold walls shift the right threshold (Hofheinz
2010), which patients' lesions do not have.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from impasto.core.arrays import FloatArray
from impasto.core.errors import ImpastoError
from impasto.core.grid import Grid
from impasto.core.image import Image
from impasto.core.structures import Role, Structure
from impasto.phantom.point_spread import separable_average
from impasto.phantom.shapes import filled_share, smooth_noise

__all__ = ["PetPhantom", "PetPhantomSettings", "irregular_pet_phantom", "sphere_pet_phantom"]

_FWHM_PER_SIGMA = 2.0 * np.sqrt(2.0 * np.log(2.0))
_FINE_MM = 0.5
_BUMPS = 6
_BUMP_SHARPNESS = 4.0


@dataclass(frozen=True)
class PetPhantomSettings:
    """The scanner and the tissue.

    Parameters
    ----------
    contrast : float
        Uptake of the lesion over that of the background, above 1.
    fwhm_mm : float
        Point spread of the reconstructed image, full width at half maximum.
    noise : float
        Coefficient of variation in the background; elsewhere the standard deviation grows with the square root of the
        signal. The noise is correlated over the point spread. EANM's guideline asks for at most .15 in the liver
        (Boellaard 2015).
    background_suv : float
    spacing_mm : float
        Edge of the scanner's cubic voxels.
    margin_mm : float
        Background on every side of the lesion.

    Raises
    ------
    ImpastoError
        When a number has no physical meaning.
    """

    contrast: float = 4.0
    fwhm_mm: float = 6.0
    noise: float = 0.0
    background_suv: float = 1.0
    spacing_mm: float = 2.0
    margin_mm: float = 40.0

    def __post_init__(self) -> None:
        if not (self.contrast > 1.0 and self.noise >= 0.0 and self.background_suv > 0.0):
            problem = "the contrast is not above 1, the noise is negative, or the background is not positive"
            raise ImpastoError("PET phantom", problem, "give a contrast such as 4 and a noise such as 0.1")
        if not (self.fwhm_mm > 0.0 and self.spacing_mm > 0.0 and self.margin_mm > 0.0):
            raise ImpastoError("PET phantom", "a length is not positive", "give point spread, voxel and margin in mm")


@dataclass(frozen=True, eq=False)
class PetPhantom:
    """One lesion.

    Parameters
    ----------
    image : Image
        Standardised uptake value as the scanner shows it, g/mL.
    truth : Structure
        Filled share of each voxel of the image.
    centre_mm : ndarray, shape (3,)
        A point inside, LPS.
    settings : PetPhantomSettings
    """

    image: Image
    truth: Structure
    centre_mm: FloatArray
    settings: PetPhantomSettings


def sphere_pet_phantom(
    diameter_mm: float, settings: PetPhantomSettings = PetPhantomSettings(), seed: int = 0
) -> PetPhantom:
    """Make a sphere whose centre lies anywhere within the middle voxel.

    Parameters
    ----------
    diameter_mm : float
    settings : PetPhantomSettings
    seed : int
        Decides the place of the centre and the noise.

    Returns
    -------
    PetPhantom

    Raises
    ------
    ImpastoError
        When the diameter is not positive.
    """
    return _phantom(diameter_mm, 0.0, settings, seed)


def irregular_pet_phantom(
    diameter_mm: float, roughness: float, settings: PetPhantomSettings = PetPhantomSettings(), seed: int = 0
) -> PetPhantom:
    """Make a star-shaped lesion: a sphere with random broad bumps and dents.

    Parameters
    ----------
    diameter_mm : float
        Mean over all directions.
    roughness : float
        Standard deviation of the radius over directions, as a share of its mean; 0 to 0.4.
    settings : PetPhantomSettings
    seed : int
        Decides the shape, the place of the centre and the noise.

    Raises
    ------
    ImpastoError
        When the diameter is not positive or the roughness not within 0 and 0.4.
    """
    if not 0.0 <= roughness <= 0.4:
        raise ImpastoError("PET phantom", f"a roughness of {roughness:g}", "give 0 (a sphere) to 0.4")
    return _phantom(diameter_mm, roughness, settings, seed)


def _phantom(diameter_mm: float, roughness: float, settings: PetPhantomSettings, seed: int) -> PetPhantom:
    if not diameter_mm > 0.0:
        raise ImpastoError("PET phantom", f"a diameter of {diameter_mm:g} mm", "give a positive diameter")
    place, shape, counts = np.random.default_rng([seed, 4]).spawn(3)
    reach_mm = 0.5 * diameter_mm * (1.0 + 3.0 * roughness) + settings.spacing_mm
    core = 2 * int(np.ceil(reach_mm / settings.spacing_mm)) + 1
    rim = int(np.ceil(settings.margin_mm / settings.spacing_mm))
    grid = Grid.centred((core + 2 * rim,) * 3, (settings.spacing_mm,) * 3)
    centre_mm = settings.spacing_mm * place.uniform(-0.5, 0.5, 3)
    parts = int(np.ceil(settings.spacing_mm / _FINE_MM))
    fine = grid.cropped((rim,) * 3, (rim + core,) * 3).with_spacing(settings.spacing_mm / parts)
    radius_mm = 0.5 * diameter_mm * _relative_radius(fine, centre_mm, roughness, shape)
    distance_mm = np.linalg.norm(fine.voxel_centres_mm() - centre_mm, axis=-1) - radius_mm
    share = filled_share(distance_mm, settings.spacing_mm / parts).astype(np.float32)
    blurred = separable_average(fine, grid, (settings.fwhm_mm,) * 3)(share).astype(np.float64)
    uptake = settings.background_suv * (1.0 + (settings.contrast - 1.0) * blurred)
    image = Image(_with_noise(uptake, settings, counts), grid, "SUV body weight", "g/mL")
    voxels = share.reshape(core, parts, core, parts, core, parts).mean(axis=(1, 3, 5), dtype=np.float64)
    truth = Structure.from_mask("truth", Role.GTV, np.pad(np.clip(voxels, 0.0, 1.0), rim), grid)
    return PetPhantom(image, truth, centre_mm, settings)


def _relative_radius(
    fine: Grid, centre_mm: FloatArray, roughness: float, rng: np.random.Generator
) -> FloatArray | float:
    """Radius in the direction of every voxel over the mean radius."""
    if roughness == 0.0:
        return 1.0
    towards = rng.standard_normal((_BUMPS, 3))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    heights = rng.standard_normal(_BUMPS)
    everywhere = rng.standard_normal((4000, 3))
    everywhere /= np.linalg.norm(everywhere, axis=1, keepdims=True)

    def bumps(directions: FloatArray) -> FloatArray:
        total = np.zeros(directions.shape[:-1])
        for direction, height in zip(towards, heights, strict=True):
            total += height * np.exp(_BUMP_SHARPNESS * (directions @ direction - 1.0))
        return total

    usual = bumps(everywhere)
    offset = fine.voxel_centres_mm() - centre_mm
    offset /= np.maximum(np.linalg.norm(offset, axis=-1, keepdims=True), 1e-9)
    radius: FloatArray = np.maximum(1.0 + roughness * (bumps(offset) - usual.mean()) / usual.std(), 0.2)
    return radius


def _with_noise(uptake: FloatArray, settings: PetPhantomSettings, rng: np.random.Generator) -> FloatArray:
    if settings.noise == 0.0:
        return uptake
    correlation = settings.fwhm_mm / _FWHM_PER_SIGMA / settings.spacing_mm
    deviation = settings.noise * np.sqrt(settings.background_suv * uptake)
    noisy: FloatArray = np.maximum(uptake + deviation * smooth_noise(uptake.shape, correlation, rng), 0.0)
    return noisy
