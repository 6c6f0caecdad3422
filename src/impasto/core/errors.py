"""The one exception impasto raises for input it cannot use."""

from __future__ import annotations

__all__ = ["ImpastoError"]


class ImpastoError(Exception):
    """Input or a request that cannot be used, said so that a user can act on it.

    Parameters
    ----------
    subject : str
        The thing that is wrong: a file, a structure, a setting.
    problem : str
        What is wrong with it, without a full stop.
    remedy : str
        What to do about it, without a full stop.

    Examples
    --------
    >>> print(ImpastoError("PTV", "no contour encloses an area", "draw it again"))
    PTV: no contour encloses an area; draw it again
    """

    def __init__(self, subject: str, problem: str, remedy: str) -> None:
        super().__init__(f"{subject}: {problem}; {remedy}")
        self.subject = subject
        self.problem = problem
        self.remedy = remedy
