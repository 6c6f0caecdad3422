"""Whether a polygon crosses itself."""

from __future__ import annotations

import numba
import numpy as np

from impasto.core.arrays import FloatArray

__all__ = ["crosses_itself"]


def crosses_itself(polygon: FloatArray) -> bool:
    """Whether two edges of a closed planar polygon cross.

    Edges that only touch do not count: a keyhole contour runs along its bridge twice and does not cross itself.

    Parameters
    ----------
    polygon : ndarray, shape (vertex, 3)
        The last vertex joins the first.

    Examples
    --------
    >>> bow_tie = np.array([[0.0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 1, 0]])
    >>> crosses_itself(bow_tie), crosses_itself(bow_tie[[0, 2, 1, 3]])
    (True, False)
    """
    centred = polygon - polygon.mean(axis=0)
    normal = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0)
    if not np.any(normal):
        # a bow tie with equal wings encloses no net area: take the plane of largest spread instead
        normal = np.linalg.svd(centred, full_matrices=True)[2][2]
    kept = [axis for axis in range(3) if axis != int(np.argmax(np.abs(normal)))]
    return bool(_any_crossing(np.ascontiguousarray(centred[:, kept])))


@numba.njit(cache=True)
def _any_crossing(vertices: FloatArray) -> bool:
    n = len(vertices)
    for a in range(n):
        p, q = vertices[a], vertices[(a + 1) % n]
        low_x, high_x = min(p[0], q[0]), max(p[0], q[0])
        low_y, high_y = min(p[1], q[1]), max(p[1], q[1])
        for b in range(a + 2, n):
            r, s = vertices[b], vertices[(b + 1) % n]
            if max(r[0], s[0]) < low_x or min(r[0], s[0]) > high_x:
                continue
            if max(r[1], s[1]) < low_y or min(r[1], s[1]) > high_y:
                continue
            if _side(p, q, r) * _side(p, q, s) < 0.0 and _side(r, s, p) * _side(r, s, q) < 0.0:
                return True
    return False


@numba.njit(cache=True)
def _side(start: FloatArray, end: FloatArray, point: FloatArray) -> float:
    """Twice the signed area of a triangle, 0 when its corners lie on a line but for rounding."""
    area = (end[0] - start[0]) * (point[1] - start[1]) - (end[1] - start[1]) * (point[0] - start[0])
    scale = abs(end[0] - start[0]) + abs(end[1] - start[1]) + abs(point[0] - start[0]) + abs(point[1] - start[1])
    if abs(area) <= 1e-9 * scale * scale:
        return 0.0
    value: float = area
    return value
