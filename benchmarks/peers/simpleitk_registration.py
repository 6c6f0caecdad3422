"""SimpleITK as its own examples set it up: seconds, and the map from fixed to moving points, LPS mm."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import SimpleITK


def main() -> None:
    folder, kind = Path(sys.argv[1]), sys.argv[2]
    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(int(sys.argv[3]))
    fixed, moving = (
        SimpleITK.ReadImage(str(folder / f"{name}.nii"), SimpleITK.sitkFloat32) for name in ("fixed", "moving")
    )
    wall, cpu = time.perf_counter(), time.process_time()
    found = demons(fixed, moving) if kind == "deformable" else rigid(fixed, moving)
    cost = {"wall_s": time.perf_counter() - wall, "cpu_s": time.process_time() - cpu}
    if kind == "deformable":
        np.save(folder / "field.npy", SimpleITK.GetArrayFromImage(found).transpose(2, 1, 0, 3).astype(np.float32))
    else:
        ends = np.array([found.TransformPoint(point) for point in np.vstack([np.zeros(3), np.eye(3)]).tolist()])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = (ends[1:] - ends[0]).T, ends[0]
        np.save(folder / "matrix.npy", matrix)
    print(json.dumps(cost))


def rigid(fixed: SimpleITK.Image, moving: SimpleITK.Image) -> SimpleITK.Transform:
    """Mutual information by steps of regular length, three levels, starting from the geometric centres."""
    method = SimpleITK.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(32)
    method.SetMetricSamplingStrategy(method.RANDOM)
    method.SetMetricSamplingPercentage(0.05, 1)
    method.SetInterpolator(SimpleITK.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(2.0, 1e-4, 200, relaxationFactor=0.5)
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetShrinkFactorsPerLevel([4, 2, 1])
    method.SetSmoothingSigmasPerLevel([2, 1, 0])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    start = SimpleITK.CenteredTransformInitializer(
        fixed, moving, SimpleITK.Euler3DTransform(), SimpleITK.CenteredTransformInitializerFilter.GEOMETRY
    )
    method.SetInitialTransform(start, True)
    return method.Execute(fixed, moving)


def demons(fixed: SimpleITK.Image, moving: SimpleITK.Image) -> SimpleITK.Image:
    """Fast symmetric forces demons on three levels, after matching the histograms."""
    moving = SimpleITK.HistogramMatching(moving, fixed, 256, 15, True)
    field = None
    for shrink, iterations in ((4, 100), (2, 60), (1, 25)):
        target = fixed
        if shrink > 1:
            target = SimpleITK.Shrink(SimpleITK.DiscreteGaussian(fixed, (0.5 * shrink) ** 2), [shrink] * 3)
        source = SimpleITK.Resample(SimpleITK.DiscreteGaussian(moving, (0.5 * shrink) ** 2), target)
        demons = SimpleITK.FastSymmetricForcesDemonsRegistrationFilter()
        demons.SetNumberOfIterations(iterations)
        demons.SetStandardDeviations(1.5)
        demons.SetSmoothDisplacementField(True)
        start = () if field is None else (SimpleITK.Resample(field, target),)
        field = demons.Execute(target, source, *start)
    return field


if __name__ == "__main__":
    main()
