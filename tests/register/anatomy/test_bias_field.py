"""A field that was put on is taken off."""

from __future__ import annotations

import numpy as np
import pytest

from impasto.core import ImpastoError
from impasto.register.anatomy import BiasFieldSettings, correct_bias_field


def test_a_known_field_is_found_up_to_a_factor(head):
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in head.image.grid.shape), indexing="ij")
    field = np.exp(0.5 * x - 0.3 * y * z + 0.3 * z**2).astype(np.float32)
    image = head.image.with_data(head.image.data * field)
    found = correct_bias_field(image, head.brain, BiasFieldSettings(spacing_mm=9.0))
    left = np.log(field / found.field.data)[head.brain]
    assert np.std(np.log(field[head.brain])) > 0.15
    assert left.std() < 0.06
    np.testing.assert_allclose(found.image.data * found.field.data, image.data, rtol=1e-4, atol=1e-3)
    assert np.log(found.field.data[head.brain]).mean() == pytest.approx(0.0, abs=1e-4)


def test_bad_input_is_refused(head):
    with pytest.raises(ImpastoError, match="shape"):
        correct_bias_field(head.image, np.ones((2, 2, 2), dtype=bool))
    with pytest.raises(ImpastoError, match="positive"):
        correct_bias_field(head.image.with_data(np.zeros(head.image.grid.shape)))
    with pytest.raises(ImpastoError, match="control points"):
        BiasFieldSettings(control_points=3)
