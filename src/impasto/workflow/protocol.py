"""Protocols: which stages run on which inputs with which settings, as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import Field

from impasto.core.errors import ImpastoError
from impasto.files import StrictModel, validated

__all__ = ["InputChoice", "Protocol", "ReportRoles", "Step", "load_protocol", "protocol_names"]


InputKind: TypeAlias = Literal["image", "structures", "dose", "spectra", "diffusion"]


class InputChoice(StrictModel):
    """Which thing of the case a protocol's input means.

    An entry called ``name`` must be there; one called ``usual_name`` is taken where it is there. Entries that other
    inputs took before are passed over where several would do.
    """

    kind: InputKind
    modality: str | None = None
    name: str | None = None
    usual_name: str | None = None
    drawn_on: str | None = None
    required: bool = True


class Step(StrictModel):
    """One run of a stage.

    ``inputs`` maps the stage's slots to protocol inputs (``"ct"``) or to outputs of earlier steps
    (``"uptake.image"``). ``needs`` names optional inputs of the protocol without which the step is left out.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    stage: str
    inputs: dict[str, str] = Field(default_factory=dict)
    needs: tuple[str, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)


class ReportRoles(StrictModel):
    """Which inputs and outputs the report and the export show, by reference.

    `with_run` writes the report at the end of a run, not only when it is asked for. `shown` are patterns of the
    structures that are drawn; all are without.
    """

    ct: str
    structures: str
    prescription: str
    plans: tuple[str, ...]
    functional: str | None = None
    spectroscopy: str | None = None
    supplied_dose: str | None = None
    with_run: bool = False
    shown: tuple[str, ...] = ()


class Protocol(StrictModel):
    """A named sequence of steps."""

    format: Literal[1]
    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    about: str
    sources: tuple[str, ...] = ()
    inputs: dict[str, InputChoice]
    steps: tuple[Step, ...]
    report: ReportRoles | None = None

    def with_settings(self, overrides: Mapping[str, Any]) -> Protocol:
        """Return the protocol with settings replaced.

        Parameters
        ----------
        overrides : mapping of str to value
            ``"STEP.SETTING"`` (deeper settings by further dots) or ``"inputs.INPUT"``, the latter with the name of an
            entry of the case.

        Raises
        ------
        ImpastoError
            When a key names no step or input.
        """
        document = self.model_dump()
        steps = {step["name"]: step for step in document["steps"]}
        for key, value in overrides.items():
            first, _, rest = key.partition(".")
            if first == "inputs" and rest in document["inputs"]:
                document["inputs"][rest]["name"] = str(value)
            elif first in steps and rest:
                _set_nested(steps[first]["settings"], rest.split("."), value)
            else:
                known = ", ".join([*steps, *(f"inputs.{name}" for name in document["inputs"])])
                raise ImpastoError(key, f"{self.name} has nothing of this name", f"begin with one of: {known}")
        return validated(document, Protocol, self.name)


def protocol_names() -> list[str]:
    """Names of the protocols that come with impasto."""
    folder = resources.files("impasto") / "protocols"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_protocol(name: str) -> Protocol:
    """Load a protocol by its name, or from a user's own file by its path (ending in ``.toml``).

    Raises
    ------
    ImpastoError
        When there is none of that name, or the file is damaged or refers to steps that are not there.
    """
    if name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise ImpastoError(name, "no such protocol file", "check the path")
        text = path.read_text(encoding="utf-8")
    elif name in protocol_names():
        text = (resources.files("impasto") / "protocols" / f"{name}.toml").read_text(encoding="utf-8")
    else:
        known = ", ".join(protocol_names())
        raise ImpastoError(
            name, "no protocol has this name", f"choose one of: {known}; or give the path of a .toml file"
        )
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ImpastoError(name, f"is not TOML ({error})", "correct the file") from None
    protocol = validated(document, Protocol, name)
    _check_references(protocol)
    return protocol


def _check_references(protocol: Protocol) -> None:
    earlier: set[str] = set()
    for step in protocol.steps:
        if step.name in earlier or step.name in protocol.inputs:
            raise ImpastoError(protocol.name, f"the name {step.name!r} is used twice", "rename the step")
        for reference in step.inputs.values():
            source, _, output = reference.partition(".")
            if source not in (earlier if output else protocol.inputs):
                raise ImpastoError(
                    protocol.name,
                    f"step {step.name!r} uses {reference!r}, which nothing before it gives",
                    "name a protocol input or an earlier step's output",
                )
        for needed in step.needs:
            if needed not in protocol.inputs:
                known = ", ".join(protocol.inputs)
                raise ImpastoError(
                    protocol.name, f"step {step.name!r} needs {needed!r}, no input", f"name one of: {known}"
                )
        earlier.add(step.name)


def _set_nested(settings: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        settings = settings.setdefault(part, {})
        if not isinstance(settings, dict):
            raise ImpastoError(".".join(path), f"{part} is not a table of settings", "set it as a whole, in TOML")
    settings[path[-1]] = value
