"""Radiobiology: isoeffective dose, oxygen, and tumour control. Models, not measurements."""

from impasto.radiobiology.lq import bed_gy, eqd2_gy, log_survival, physical_from_eqd2_gy
from impasto.radiobiology.oer import oxygen_dose_modification, oxygen_enhancement_ratio, oxygen_from_fmiso_mmhg
from impasto.radiobiology.regrowth import log_surviving_clonogens, regrowth_time
from impasto.radiobiology.repair import CNS_REPAIR, BiexponentialRepair, radiosurgery_bed_gy, repair_matrix
from impasto.radiobiology.tcp import poisson_tcp, population_tcp

__all__ = [
    "CNS_REPAIR",
    "BiexponentialRepair",
    "bed_gy",
    "eqd2_gy",
    "log_survival",
    "log_surviving_clonogens",
    "oxygen_dose_modification",
    "oxygen_enhancement_ratio",
    "oxygen_from_fmiso_mmhg",
    "physical_from_eqd2_gy",
    "poisson_tcp",
    "population_tcp",
    "radiosurgery_bed_gy",
    "regrowth_time",
    "repair_matrix",
]
