"""How steps of an adaptation name what they need of other days."""

from __future__ import annotations

from impasto.core import Transform
from impasto.workflow.stage import Inputs

__all__ = ["delivered_slots", "slots_by_day", "transform_between"]

_DELIVERED = "delivered_"


def slots_by_day(inputs: Inputs, prefix: str) -> dict[str, str]:
    """Day to slot of those that begin with `prefix`, in the order of days: ``dose_7`` is day 7's."""
    found = {slot.removeprefix(prefix): slot for slot in inputs.loaders if slot.startswith(prefix)}
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def delivered_slots(inputs: Inputs) -> dict[str, str]:
    """Day to slot of the doses delivered."""
    return slots_by_day(inputs, _DELIVERED)


def transform_between(inputs: Inputs, day: str) -> Transform:
    """Compose the way from this day's points to another's, by planning: ``to_planning``, then ``from_planning_DAY``.

    Where one of both is not given the day is that of planning.
    """
    whole = inputs.transform("to_planning") if inputs.has("to_planning") else Transform.identity()
    slot = f"from_planning_{day}"
    return whole.then(inputs.transform(slot)) if inputs.has(slot) else whole
