"""What can go wrong, by who can mend it."""

from __future__ import annotations

from collections.abc import Sequence


class TrafficoptError(Exception):
    """Base of every error that the library raises on purpose."""


class InputError(TrafficoptError, ValueError):
    """A file or an argument that cannot be used as it is.

    Parameters
    ----------
    where
        The file (and the place in it) or the argument.
    faults
        What was found; all faults of a file together.
    remedy
        How to mend it.
    """

    def __init__(self, where: object, faults: str | Sequence[str], remedy: str = "") -> None:
        self.where = str(where)
        self.faults = (faults,) if isinstance(faults, str) else tuple(faults)
        self.remedy = remedy
        shown = self.faults[:10]
        more = len(self.faults) - len(shown)
        lines = [f"{self.where}: {shown[0]}"] if len(shown) == 1 else [f"{self.where}:"]
        if len(shown) > 1:
            lines += [f"  - {fault}" for fault in shown]
        if more:
            lines.append(f"  - and {more} more")
        if remedy:
            lines.append(f"Remedy: {remedy}")
        super().__init__("\n".join(lines))


class InfeasibleError(TrafficoptError):
    """No plan can meet a limit; names the intersection and the limit."""


class UnsafePlanError(TrafficoptError):
    """A plan breaks a rule; names the rule, the intersection and the movements."""


class SimulationError(TrafficoptError):
    """SUMO failed: the command, its exit code and the end of its log."""

    def __init__(self, command: Sequence[str], exit_code: int | None, log: str) -> None:
        self.command = tuple(command)
        self.exit_code = exit_code
        self.log = log
        ended = "was stopped at its time limit" if exit_code is None else f"ended with {exit_code}"
        tail = "\n".join(f"  {line}" for line in log.strip().splitlines()[-8:])
        super().__init__(f"{command[0]} {ended}\n{tail}\nCommand: {' '.join(command)}")


class TrafficoptWarning(UserWarning):
    """Base of every warning of the library."""


class OversaturatedWarning(TrafficoptWarning):
    """Demand is above what the signals can serve."""


class TeleportWarning(TrafficoptWarning):
    """SUMO removed vehicles that stood too long: its delays are too good."""


class UnsafeFieldPlanWarning(TrafficoptWarning):
    """The plan that a scenario came with breaks safety rules: it may be simulated, never written."""
