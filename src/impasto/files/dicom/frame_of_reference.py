"""Whether two objects lie in the same DICOM frame of reference, so that their coordinates may be mixed."""

from __future__ import annotations

from impasto.core.errors import ImpastoError
from impasto.files.dicom.reference import SeriesReference

__all__ = ["require_same_frame"]


def require_same_frame(subject: str, frame_of_reference_uid: str | None, reference: SeriesReference) -> None:
    """Raise unless an object lies in the frame of reference of an image series.

    Parameters
    ----------
    subject : str
        The object, for the message: a path or a name.
    frame_of_reference_uid : str, optional
        The frame of reference that the object names; None or empty when it names none.
    reference : SeriesReference
        The image series it is to be used with.

    Raises
    ------
    ImpastoError
        When the frames differ or the object names none.
    """
    image = f"the {reference.modality} series {reference.series_description or reference.series_instance_uid}"
    if not frame_of_reference_uid:
        raise ImpastoError(
            subject, "names no frame of reference", f"make sure that it was drawn on {image}, and say so"
        )
    if frame_of_reference_uid != reference.frame_of_reference_uid:
        raise ImpastoError(
            subject,
            f"lies in another frame of reference ({frame_of_reference_uid}) than {image}"
            f" ({reference.frame_of_reference_uid})",
            "use the image it was drawn on, or register the two and move it",
        )
