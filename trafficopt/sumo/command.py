"""SUMO's command line of a scenario."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from trafficopt.scenario import SimulationSettings
from trafficopt.units import Seconds

# SUMO refuses an option that is given twice; a random seed would make runs unrepeatable, and another
# share of tripinfo devices would hide vehicles from the figures.
DECIDED_HERE = {
    *("net-file", "route-files", "additional-files", "begin", "end", "step-length", "time-to-teleport"),
    *("seed", "random", "no-warnings", "no-step-log", "step-log.period", "verbose", "log", "precision"),
    *("message-log", "error-log", "output-prefix", "device.tripinfo.probability", "device.tripinfo.explicit"),
    "device.tripinfo.deterministic",
}
DECIDED_GROUPS = ("duration-log", "tripinfo-output", "statistic-output")


def sumo_arguments(
    settings: SimulationSettings,
    additional: Sequence[Path] = (),
    seed: int | None = None,
    *,
    step_log_period: int | None = None,
) -> list[str]:
    """Arguments of `sumo` for a scenario.

    Parameters
    ----------
    additional
        Files loaded after the scenario's own: their programs become the active ones.
    seed
        SUMO's seed; None leaves SUMO's default.
    step_log_period
        Steps between lines of the step log; None turns it off.

    Examples
    --------
    >>> settings = SimulationSettings(Path("a.net.xml"), (Path("a.rou.xml"),), (), 0.0, 3600.0)
    >>> sumo_arguments(settings, seed=7)[:8]
    ['-n', 'a.net.xml', '-r', 'a.rou.xml', '-b', '0', '-e', '3600']
    """
    args = ["-n", str(settings.net)]
    if settings.routes:
        args += ["-r", _joined(settings.routes)]
    if files := (*settings.additional, *additional):
        args += ["-a", _joined(files)]
    args += ["-b", _number(settings.begin_s), "-e", _number(settings.end_s)]
    args += ["--step-length", _number(settings.step_s), "--time-to-teleport", _number(settings.teleport_s)]
    for key, value in settings.options.items():
        if key not in DECIDED_HERE and not key.startswith(DECIDED_GROUPS):
            args += [f"--{key}", value]
    args += ["--no-warnings", "--duration-log.disable"]
    args += ["--no-step-log"] if step_log_period is None else ["--step-log.period", str(step_log_period)]
    return args if seed is None else [*args, "--seed", str(seed)]


def _joined(files: Sequence[Path]) -> str:
    return ",".join(map(str, files))


def _number(value: Seconds) -> str:
    return f"{value:.10g}"
