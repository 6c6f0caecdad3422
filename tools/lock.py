"""Print a constraints file: the exact version of everything that impasto and its extras need."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, distribution

EXTRAS = ("dev", "models", "pdf", "spectra")
HEAVY = {
    "connected-components-3d": "4.1.1",
    "customtkinter": "6.0.0",
    "deepbet": "1.0.2",
    "fill-voids": "2.1.2",
    "picsl-greedy": "1.4.0.3",
    "torch": "2.13.0",
}
"""Of extras that the environment for tests does without."""


def requirements(name: str, extras: tuple[str, ...] = ()) -> list[str]:
    """Names of the distributions that `name` needs here, with the given extras."""
    needed = []
    for line in distribution(name).requires or []:
        requirement, _, marker = line.partition(";")
        if "extra ==" in marker and not any(f'extra == "{e}"' in marker.replace("'", '"') for e in extras):
            continue
        match = re.match(r"[A-Za-z0-9._-]+", requirement)
        if match:
            needed.append(match.group())
    return needed


def closure(name: str, extras: tuple[str, ...] = ()) -> dict[str, str]:
    """Versions of everything below `name` that is installed."""
    versions: dict[str, str] = {}
    waiting = requirements(name, extras)
    while waiting:
        current = waiting.pop()
        try:
            found = distribution(current)
        except PackageNotFoundError:
            continue  # needed on another platform only
        key = re.sub(r"[-_.]+", "-", found.name).lower()
        if key not in versions:
            versions[key] = found.version
            waiting.extend(requirements(current))
    return versions


if __name__ == "__main__":
    print("# Exact versions that impasto is tested with. Made by `make lock`.")
    for key, version in sorted((closure("impasto", EXTRAS) | HEAVY).items()):
        print(f"{key}=={version}")
