"""Planning: influence matrices, voxelwise objectives and the optimiser, on any machine."""
