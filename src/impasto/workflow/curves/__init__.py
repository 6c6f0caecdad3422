"""One voxel's curve with its fit, as a picture."""
