"""Linear-combination fit of spectra, all voxels at once.

A voxel's spectrum is modelled as a sum of basis spectra with non-negative amplitudes, one frequency shift, one
Lorentzian and one Gaussian width, zero- and first-order phase, over a stiff spline baseline (as Provencher 1993, with
the baseline and its stiffness as Wilson 2021). What is costly is computed once for all voxels (:mod:`fit_model`); what
differs between voxels is solved in compiled loops over blocks of them, so that memory does not grow with their number.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace

import numba
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from impasto.core.arrays import BoolArray, FloatArray, IntArray
from impasto.core.errors import ImpastoError
from impasto.core.progress import Progress, silent
from impasto.core.spectra import BasisSet
from impasto.maps.spectroscopy.amplitude_ratios import ratio_rules
from impasto.maps.spectroscopy.fit_data import moved_back
from impasto.maps.spectroscopy.fit_kernel import NONLINEAR, fisher_matrices, gauss_newton_steps, noise_responses
from impasto.maps.spectroscopy.fit_model import FitModel, fit_model, unitary_spectrum
from impasto.maps.spectroscopy.fit_result import SpectralFit
from impasto.maps.spectroscopy.fit_settings import FitSettings
from impasto.maps.spectroscopy.fit_start import shift_search
from impasto.maps.spectroscopy.noise import noise_level

__all__ = ["fit_spectra"]

# largest step: Hz, rad, s, Hz, Hz^2; and below which all of them must be for a voxel to be done
_LARGEST_STEP = np.array([4.0, 0.7, 1e-4, 4.0, 60.0])
_SMALL_STEP = np.array([0.02, 0.002, 1e-6, 0.05, 0.5])
_SMALL_GAIN = 0.2
_START_WIDTHS = (3.0, 30.0)


def fit_spectra(
    fid: NDArray[np.complexfloating],
    dwell_s: float,
    basis: BasisSet,
    settings: FitSettings | None = None,
    progress: Progress = silent,
    noise_components: NDArray[np.complexfloating] | None = None,
) -> SpectralFit:
    """Fit spectra with a basis set.

    Parameters
    ----------
    fid : ndarray of complex, shape (voxel, time)
        Signals after water removal; their order of magnitude does not matter.
    dwell_s : float
    basis : BasisSet
        For the data's field strength, sequence and echo time, at the data's dwell time and at least as long.
    settings : FitSettings, optional
    progress : Progress
    noise_components : ndarray of complex, shape (component, time), optional
        Noise beside that which is white, in the unit of `fid`: each voxel has their sum with random weights of unit
        spread in either channel, see :class:`~impasto.maps.spectroscopy.denoising.LowRank`. Bounds account for it;
        amplitudes are the same without.

    Returns
    -------
    SpectralFit
        Amplitudes in units of the basis set.

    Raises
    ------
    ImpastoError
        When the signals are not two-dimensional, complex and finite, or basis or noise components do not fit them.

    Notes
    -----
    Time and memory for the preparation grow with basis functions times points; time for the fit is proportional to the
    number of voxels.
    """
    settings = settings or FitSettings()
    fid = np.asarray(fid)
    if fid.ndim != 2 or not np.iscomplexobj(fid) or not np.isfinite(fid).all():
        raise ImpastoError("spectra", "are not a finite complex array of voxels and times", "give shape (voxel, time)")
    coloured = fid[:0] if noise_components is None else np.asarray(noise_components)
    if coloured.ndim != 2 or coloured.shape[1] != fid.shape[1]:
        raise ImpastoError("noise components", f"have shape {coloured.shape}", f"give (component, {fid.shape[1]})")
    model = fit_model(basis, dwell_s, fid.shape[1], settings)
    search, search_points = shift_search(basis, model.times_s, settings)

    def fit_block(start: int) -> SpectralFit:
        block = fid[start : start + settings.block]
        return _fit_block(block, coloured, model, settings, search(block, search_points))

    starts = range(0, len(fid), settings.block)
    parts = []
    # blocks side by side, each on one thread: small products and transforms do not share their work out well
    with threadpool_limits(1, "blas"), ThreadPoolExecutor(numba.get_num_threads()) as threads:
        for done, part in enumerate(threads.map(fit_block, starts)):
            parts.append(part)
            progress("fit of spectra", done / len(starts))
    progress("fit of spectra", 1.0)
    return _joined(parts, model)


@dataclass(frozen=True, eq=False)
class _State:
    """Where voxels stand: parameters (shift, phases, widths), amplitudes, penalised squared residual, next step."""

    parameters: FloatArray
    amplitudes: FloatArray
    cost: FloatArray
    step: FloatArray


@dataclass(frozen=True, eq=False)
class _Block:
    """Voxels that are fitted at once: data of order one, their noise, and what is expected of their amplitudes."""

    fid: NDArray[np.complex64]
    level: FloatArray
    model: FitModel
    settings: FitSettings
    expected: tuple[FloatArray, FloatArray]

    def voxels(self, chosen: IntArray) -> _Block:
        rules, weights = self.expected
        return replace(self, fid=self.fid[chosen], level=self.level[chosen], expected=(rules, weights[chosen]))


def _fit_block(
    fid: NDArray[np.complexfloating],
    noise_components: NDArray[np.complexfloating],
    model: FitModel,
    settings: FitSettings,
    start: tuple[FloatArray, FloatArray],
) -> SpectralFit:
    noise = noise_level(fid)
    strength = np.sqrt(np.square(np.abs(fid[:, : max(8, fid.shape[1] // 8)])).sum(axis=1))
    # so that single precision holds whatever the scanner's units
    scale = np.where(strength > 0.0, strength, 1.0)
    known = ratio_rules(model.names, settings.usual_ratios)
    without = (known.rules, np.zeros((len(fid), len(known.rules))))
    block = _Block((fid / scale[:, None]).astype(np.complex64), noise / scale, model, settings, without)
    parameters = np.zeros((len(fid), NONLINEAR))
    parameters[:, 0], parameters[:, 1] = start
    parameters[:, 3], parameters[:, 4] = _START_WIDTHS
    state = _evaluate(block, parameters, np.zeros((len(fid), len(model.names))))
    block = replace(block, expected=(known.rules, known.weights(state.amplitudes, block.level)))
    state = _descended(block, _evaluate(block, parameters, state.amplitudes))
    return _measured(block, scale, state, noise_components)


def _evaluate(block: _Block, parameters: FloatArray, amplitudes: FloatArray) -> _State:
    model = block.model
    observed = moved_back(block.fid, model, parameters, amplitudes)
    curvature, gradient, penalty = _prior(parameters, block.level, block.settings)
    amplitudes = amplitudes.copy()
    nodes = (model.lorentzian_nodes_hz, model.gaussian_nodes_hz2)
    widths = np.ascontiguousarray(parameters[:, 3:])
    cost, step = gauss_newton_steps(
        observed, model.spectra, nodes, widths, amplitudes, block.expected, (curvature, gradient)
    )
    return _State(parameters, amplitudes, cost + penalty, np.clip(step, -_LARGEST_STEP, _LARGEST_STEP))


def _descended(block: _Block, state: _State) -> _State:
    """Step until nothing moves; a step that makes things worse is tried again at a third of its length."""
    length = np.ones(len(block.fid))
    running = np.flatnonzero(np.isfinite(state.cost))
    largest = np.array([block.model.lorentzian_nodes_hz[-1], block.model.gaussian_nodes_hz2[-1]])
    for _ in range(block.settings.iterations):
        if not len(running):
            break
        tried = state.parameters[running] + length[running, None] * state.step[running]
        tried[:, 3:] = np.clip(tried[:, 3:], 0.0, largest)
        there = _evaluate(block.voxels(running), tried, state.amplitudes[running])
        better = there.cost <= state.cost[running]
        gained = (state.cost[running] - there.cost) / np.maximum(block.level[running] ** 2, 1e-12)
        taken = running[better]
        for field in fields(_State):
            getattr(state, field.name)[taken] = getattr(there, field.name)[better]
        length[running] = np.where(better, 1.0, length[running] / 3.0)
        small = (np.abs(state.step[running]) < _SMALL_STEP).all(axis=1)
        done = (better & (small | (gained < _SMALL_GAIN))) | (length[running] < 0.02)
        running = running[~done]
    return state


def _prior(
    parameters: FloatArray, level: FloatArray, settings: FitSettings
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Curvature, gradient and value of what is known beforehand, in units of the squared residual."""
    mean, spread = settings.lorentzian_prior_hz
    weights = np.zeros((len(parameters), NONLINEAR))
    weights[:, 2] = (level / settings.first_order_phase_prior_s) ** 2
    weights[:, 3] = (level / spread) ** 2
    away = parameters - np.array([0.0, 0.0, 0.0, mean, 0.0])
    return weights, weights * away, (weights * away**2).sum(axis=1)


def _measured(
    block: _Block, scale: FloatArray, state: _State, noise_components: NDArray[np.complexfloating]
) -> SpectralFit:
    """Amplitudes, their bounds and the figures of quality at the end of a fit."""
    model, level = block.model, block.level
    observed = moved_back(block.fid, model, state.parameters, state.amplitudes)
    widths = np.ascontiguousarray(state.parameters[:, 3:])
    nodes = (model.lorentzian_nodes_hz, model.gaussian_nodes_hz2)
    prior, _, penalty = _prior(state.parameters, level, block.settings)
    degrees = len(model.points) - np.trace(model.baseline.smoother) - len(model.names) - NONLINEAR
    left = np.sqrt(np.maximum(state.cost - penalty, 0.0) / max(degrees, 1.0))
    names = len(model.names)
    fisher = fisher_matrices(observed, model.spectra, nodes, widths, state.amplitudes, block.expected)
    fisher[:, range(names, names + NONLINEAR), range(names, names + NONLINEAR)] += prior
    responses, coloured = _noise_responses(observed, noise_components, model, scale, state)
    # what the model cannot explain counts as noise
    covariance = _bounds(fisher, state.amplitudes > 0.0, np.maximum(level, left), responses)
    unit = scale / model.scale
    height = _peak_height(model, state)
    noise = np.maximum(np.hypot(level, coloured), 1e-12)
    return SpectralFit(
        model.names,
        state.amplitudes * unit[:, None],
        (covariance * (unit**2)[:, None, None]).astype(np.float32),
        state.parameters[:, 0],
        np.angle(np.exp(1j * state.parameters[:, 1])),
        state.parameters[:, 2],
        state.parameters[:, 3],
        np.sqrt(state.parameters[:, 4]),
        _voigt_width_hz(state.parameters[:, 3], np.sqrt(state.parameters[:, 4])),
        height / noise,
        np.hypot(level, coloured) * scale,
        left / noise,
    )


def _noise_responses(
    observed: NDArray[np.float32],
    noise_components: NDArray[np.complexfloating],
    model: FitModel,
    scale: FloatArray,
    state: _State,
) -> tuple[FloatArray, FloatArray]:
    """Products of the model's derivatives with real and imaginary parts of noise components, and their mean size.

    Shapes (voxel, name + NONLINEAR, 2 x component) and (voxel,).
    """
    widths = np.ascontiguousarray(state.parameters[:, 3:])
    nodes = (model.lorentzian_nodes_hz, model.gaussian_nodes_hz2)
    responses, power = [np.zeros((len(scale), len(model.names) + NONLINEAR, 0))], np.zeros(len(scale))
    for component in noise_components:
        fid = (component / scale[:, None]).astype(np.complex64)
        # the spectrum's real part, and its imaginary part: the derivative with phase
        parts = np.ascontiguousarray(moved_back(fid, model, state.parameters, state.amplitudes)[:, [0, 2]])
        responses.append(noise_responses(observed, model.spectra, nodes, widths, state.amplitudes, parts))
        power += np.square(parts).sum(axis=1).mean(axis=1)
    return np.concatenate(responses, axis=2), np.sqrt(power)


def _bounds(fisher: FloatArray, free: BoolArray, spread: FloatArray, responses: FloatArray) -> FloatArray:
    """Cramer-Rao bounds on the amplitudes where some stand at zero (Gorman & Hero 1990).

    A bound that holds takes an amplitude's freedom away, so that the others are known better for it. Among the held
    ones the bounds without the constraint are given, since zero is not known without error. Noise that is not white
    adds what it does to the least-squares amplitudes.
    """
    names = free.shape[1]
    held = np.concatenate([~free, np.zeros((len(free), NONLINEAR), dtype=bool)], axis=1)
    apart = np.where(held[:, :, None] | held[:, None, :], np.eye(names + NONLINEAR), fisher)
    free_responses = np.where(held[:, :, None], 0.0, responses)
    unconstrained, constrained = (
        inverse[:, :names, :names] * (spread**2)[:, None, None] + _squared(inverse[:, :names] @ response)
        for inverse, response in ((_inverse(fisher), responses), (_inverse(apart), free_responses))
    )
    both_held = held[:, :names, None] & held[:, None, :names]
    return np.where(both_held, unconstrained, constrained)


def _squared(matrices: FloatArray) -> FloatArray:
    product: FloatArray = matrices @ matrices.transpose(0, 2, 1)
    return product


def _inverse(matrices: FloatArray) -> FloatArray:
    """Invert symmetric matrices whose rows have very different scales; a little is added where nothing is known."""
    scales = 1.0 / np.sqrt(np.maximum(np.einsum("nii->ni", matrices), 1e-30))
    even = matrices * scales[:, :, None] * scales[:, None, :]
    even[:, range(even.shape[1]), range(even.shape[1])] += 1e-6
    inverse: FloatArray = np.linalg.inv(even) * scales[:, :, None] * scales[:, None, :]
    return inverse


def _peak_height(model: FitModel, state: _State) -> FloatArray:
    """Highest point of the fitted metabolites' spectrum, macromolecules and lipids left out."""
    kept = metabolites_of(model.names)
    nodes = model.lorentzian_nodes_hz, np.sqrt(model.gaussian_nodes_hz2)
    nearest = [
        np.abs(have[None, :] - wanted[:, None]).argmin(axis=1)
        for have, wanted in zip(nodes, (state.parameters[:, 3], np.sqrt(state.parameters[:, 4])), strict=True)
    ]
    height = np.zeros(len(state.parameters))
    for i, j in {*zip(*(part.tolist() for part in nearest), strict=True)}:
        here = (nearest[0] == i) & (nearest[1] == j)
        decay = np.exp(-np.pi * nodes[0][i] * model.times_s - (np.pi * nodes[1][j] * model.times_s) ** 2 / np.log(16.0))
        spectra = unitary_spectrum(model.fid[kept] * decay, model.points).real / model.scale
        height[here] = (state.amplitudes[here][:, kept] @ spectra).max(axis=1)
    return height


def metabolites_of(names: tuple[str, ...]) -> BoolArray:
    """Which basis functions are metabolites, not macromolecules or lipids."""
    return np.array([not name.startswith(("MM", "Lip")) for name in names])


def _voigt_width_hz(lorentzian_hz: FloatArray, gaussian_hz: FloatArray) -> FloatArray:
    """Full width at half maximum of a Voigt line (Olivero & Longbothum 1977)."""
    return 0.5346 * lorentzian_hz + np.sqrt(0.2166 * lorentzian_hz**2 + gaussian_hz**2)


def _joined(parts: list[SpectralFit], model: FitModel) -> SpectralFit:
    if not parts:
        empty = np.zeros(0)
        names = len(model.names)
        return SpectralFit(model.names, np.zeros((0, names)), np.zeros((0, names, names)), *(empty,) * 9)
    columns = [field.name for field in fields(SpectralFit) if field.name != "names"]
    return SpectralFit(model.names, *(np.concatenate([getattr(part, name) for part in parts]) for name in columns))
