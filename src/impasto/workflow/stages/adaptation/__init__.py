"""The kinds of steps that an adaptation is made of."""

from impasto.workflow.stage import Stage
from impasto.workflow.stages.adaptation.comparison import COMPARISON
from impasto.workflow.stages.adaptation.course_sum import COURSE_SUM
from impasto.workflow.stages.adaptation.delivered_dose import DELIVERED_DOSE, DOSE_ON_ANATOMY
from impasto.workflow.stages.adaptation.hypoxic_volume import HYPOXIC_VOLUME
from impasto.workflow.stages.adaptation.known_transform import KNOWN_TRANSFORM
from impasto.workflow.stages.adaptation.phase_drift import PHASE_DRIFT
from impasto.workflow.stages.adaptation.phase_frame import PHASE_FRAME
from impasto.workflow.stages.adaptation.phase_prescription import PHASE_PRESCRIPTION

__all__ = ["ADAPTATION_STAGES"]

ADAPTATION_STAGES: tuple[Stage, ...] = (
    KNOWN_TRANSFORM,
    PHASE_FRAME,
    HYPOXIC_VOLUME,
    PHASE_PRESCRIPTION,
    DELIVERED_DOSE,
    DOSE_ON_ANATOMY,
    PHASE_DRIFT,
    COURSE_SUM,
    COMPARISON,
)
