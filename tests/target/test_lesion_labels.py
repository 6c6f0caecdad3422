"""Edits that stay, label maps of others, and networks that the user brings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from tests.target.lesion_head import GRID, lesion_head

from impasto.core import Grid, Image, ImpastoError, Role, Structure, StructureSet
from impasto.target.lesions import (
    LABEL_SCHEMES,
    LesionImages,
    LesionPart,
    LesionParts,
    NetworkSettings,
    lesion_edits,
    parts_from_labels,
    parts_from_structures,
    recognised_scheme,
    segment_by_network,
    slide_window,
    with_edits,
)

P = LesionPart
SMALL = Grid.centred((5, 4, 3), (1.0, 1.0, 2.0))
LABELS = arrays(np.uint8, SMALL.shape, elements=st.integers(0, 4))


@given(found=LABELS, edited=LABELS)
@settings(max_examples=25)
def test_edits_lead_from_found_to_edited(found: np.ndarray, edited: np.ndarray) -> None:
    edits = lesion_edits(LesionParts(found, SMALL), LesionParts(edited, SMALL))
    assert np.array_equal(with_edits(LesionParts(found, SMALL), edits).labels, edited)


def test_edits_survive_another_result() -> None:
    found = np.zeros(SMALL.shape, dtype=np.uint8)
    found[1:3] = P.ENHANCING
    edited = found.copy()
    edited[1, 0, 0], edited[4, 0, 0] = 0, P.NECROSIS
    edits = lesion_edits(LesionParts(found, SMALL), LesionParts(edited, SMALL))
    assert edits.names == ["NECROSIS added", "ENHANCING removed"]
    anew = found.copy()
    anew[3] = P.ENHANCING
    result = with_edits(LesionParts(anew, SMALL), edits).labels
    expected = anew.copy()
    expected[1, 0, 0], expected[4, 0, 0] = 0, P.NECROSIS
    assert np.array_equal(result, expected)


def test_edits_of_another_grid_are_refused() -> None:
    other = Grid.centred((5, 4, 3), (1.0, 1.0, 3.0))
    labels = np.zeros(SMALL.shape, dtype=np.uint8)
    with pytest.raises(ImpastoError, match="another grid"):
        lesion_edits(LesionParts(labels, SMALL), LesionParts(labels, other))


@pytest.mark.parametrize(
    ("values", "scheme"),
    [((1, 2, 4), "brats-2018"), ((4,), "brats-2018"), ((1, 2, 3), "brats-2023"), ((2, 3, 4), "brats-2024")],
)
def test_brats_labels_are_recognised(values: tuple[int, ...], scheme: str) -> None:
    labels = np.zeros(SMALL.shape)
    labels.flat[: len(values)] = values
    image = Image(labels, SMALL, "label", "1")
    assert recognised_scheme(image) == scheme
    parts = parts_from_labels(image, LABEL_SCHEMES[scheme])
    assert np.count_nonzero(parts.labels) == len(values)


def test_unknown_labels_name_what_they_are() -> None:
    image = Image(np.full(SMALL.shape, 7.0), SMALL, "label", "1")
    with pytest.raises(ImpastoError, match="values 7"):
        recognised_scheme(image)
    with pytest.raises(ImpastoError, match="marks no voxel"):
        recognised_scheme(image.with_data(np.zeros(SMALL.shape)))
    with pytest.raises(ImpastoError, match="no voxel has any"):
        parts_from_labels(image, {1: P.ENHANCING})
    assert parts_from_labels(image, {7: P.CAVITY}).of(P.CAVITY).all()


def test_structures_are_known_by_their_names() -> None:
    def block(name: str, stop: int) -> Structure:
        mask = np.zeros(SMALL.shape, dtype=bool)
        mask[:stop] = True
        return Structure.from_mask(name, Role.OTHER, mask, SMALL)

    drawn = StructureSet(
        (
            block("Resection_Cavity", 1),
            block("Necrotic core", 2),
            block("Enhancing tumour", 3),
            block("FLAIR oedema", 4),
        )
    )
    drawn = drawn.with_structure(block("Brainstem", 5))
    parts, used = parts_from_structures(drawn, SMALL, {})
    assert parts.labels[:, 0, 0].tolist() == [4, 1, 3, 2, 0]
    assert "Brainstem" not in used
    parts, _ = parts_from_structures(StructureSet((block("GTV 1", 2),)), SMALL, {"gtv*": P.ENHANCING})
    assert parts.labels[:, 0, 0].tolist() == [3, 3, 0, 0, 0]
    with pytest.raises(ImpastoError, match="by its name: GTV 1"):
        parts_from_structures(StructureSet((block("GTV 1", 2),)), SMALL, {})
    assert parts_from_structures(StructureSet((block("Non-enhancing", 2),)), SMALL, {})[0].labels[0, 0, 0] == 2


@given(shape=st.tuples(*(st.integers(3, 11),) * 3), overlap=st.floats(0.0, 0.8))
@settings(max_examples=15)
def test_windows_of_a_local_network_leave_no_seams(shape: tuple[int, int, int], overlap: float) -> None:
    channels = np.random.default_rng(1).normal(size=(2, *shape)).astype(np.float32)
    result = slide_window(channels, lambda volume: 2.0 * volume[:, ::-1], (4, 5, 6), overlap)
    assert np.allclose(result, 2.0 * channels[::-1], atol=1e-4)


def test_network_sees_z_scores_of_the_brain_and_gives_parts() -> None:
    head = lesion_head()
    seen = []

    def network(volume: np.ndarray) -> np.ndarray:
        seen.append(volume)
        # bright T1c enhances, bright FLAIR is the whole lesion
        whole, enhancing = volume[0, 3] - 1.5, volume[0, 1] - 3.0
        return np.stack([enhancing, np.maximum(whole, enhancing), enhancing])[None]

    wanted = NetworkSettings(window=(160, 160, 128), spacing_mm=2.5)
    parts = segment_by_network(head.images, head.brain, network, wanted)
    assert len(seen) == 1
    assert seen[0].shape == (1, 4, 160, 160, 128)
    for channel in seen[0][0]:
        brain = channel[channel != 0.0]
        assert brain.mean() == pytest.approx(0.0, abs=0.02)
        assert brain.std() == pytest.approx(1.0, abs=0.02)
    assert parts.grid.matches(GRID)
    rim = head.truth == P.ENHANCING
    assert np.count_nonzero(parts.of(P.ENHANCING) & rim) > 0.95 * np.count_nonzero(rim)


def test_classes_are_told_by_the_largest_output() -> None:
    head = lesion_head()

    def network(volume: np.ndarray) -> np.ndarray:
        nothing = np.zeros_like(volume[0, 0])
        return np.stack([nothing, nothing - 9.0, nothing - 9.0, volume[0, 1] - 3.0])[None]

    wanted = NetworkSettings(spacing_mm=2.5, window=(60, 70, 50), classes=(0, 1, 2, 3))
    parts = segment_by_network(head.images, head.brain, network, wanted)
    assert set(np.unique(parts.labels)) == {0, 3}
    with pytest.raises(ImpastoError, match="4 outputs"):
        segment_by_network(head.images, head.brain, network, NetworkSettings(spacing_mm=2.5, classes=(0, 1)))


def test_networks_that_do_not_fit_are_named() -> None:
    head = lesion_head()
    with pytest.raises(ImpastoError, match="needs t1"):
        segment_by_network(LesionImages(t1c=head.images.t1c), head.brain, lambda v: v, NetworkSettings())
    with pytest.raises(ImpastoError, match="shape"):
        slide_window(np.zeros((1, 4, 4, 4), np.float32), lambda v: v[0, 0], (4, 4, 4), 0.0)
    with pytest.raises(ImpastoError, match="out of range"):
        NetworkSettings(overlap=1.0)
