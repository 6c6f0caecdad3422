"""The fill-polygon rasteriser's side of the benchmark `masks`: reads one .npz, prints one JSON line.

Polygons are rounded to whole pixels and filled with cv2.fillPoly, as RTSTRUCT converters built on it do.
The input holds ``shape`` and polygons ``p0``, ``p1``, ... of shape (vertex, 2) in pixels.
"""

from __future__ import annotations

import json
import sys
import time

import cv2
import numpy as np


def main() -> None:
    with np.load(sys.argv[1]) as given:
        shape = tuple(int(n) for n in given["shape"])
        polygons = [given[f"p{n}"] for n in range(len(given.files) - 1)]
    areas, started = [], time.process_time()
    for polygon in polygons:
        mask = np.zeros(shape, dtype=np.uint8)
        cv2.fillPoly(mask, [np.around(polygon).astype(np.int32)], 1)
        areas.append(int(mask.sum()))
    print(json.dumps({"areas": areas, "cpu_s": time.process_time() - started}))


if __name__ == "__main__":
    main()
