"""Green waves of a scenario as a text for people and as an object for JSON."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np

from trafficopt.comparison import Change
from trafficopt.model.wave_design import WaveChoice
from trafficopt.wave_study import FIELD, LEAST_DELAY, WAVES, WaveStudy

MARGIN = 0.01  # of delay, from which on offsets of less delay are worth a word
TOTALS = (("s_per_km", "travel time", "s/km"), ("stops_per_km", "stops", "stops/km"))


def wave_object(study: WaveStudy) -> dict[str, object]:
    """The study in numbers and lists that JSON knows."""
    found: dict[str, object] = {
        "scenario": study.scenario.name,
        "arterials": list(study.design.arterials),
        "left_out": dict(study.design.left_out),
        "given": _choice_object(study.design.given),
        "choices": [_choice_object(choice) for choice in study.design.choices],
        "chosen": _choice_object(study.chosen),
        "speeds_to_post": [asdict(speed) for speed in study.speeds],
        "offsets_s": {key: timing.offset_s for key, timing in study.chosen.plan.timings.items()},
    }
    if study.checks:
        found["mean_delay_s"] = {name: check.evaluation.totals() for name, check in study.checks.items()}
        found["through_trips"] = [
            {
                "arterial": rows[0].arterial,
                "direction": str(rows[0].direction),
                **{name: asdict(row.together) for name, row in zip(study.checks, rows, strict=True)},
            }
            for rows in zip(*(check.rows for check in study.checks.values()), strict=True)
        ]
        found["change"] = {
            "mean_delay_s": study.delay_change().row(),
            **{figure: study.trip_change(figure).row() for figure, _, _ in TOTALS},
        }
    return found


def wave_text(study: WaveStudy) -> str:
    """Choices between bands and delay, and what SUMO shows of each arterial both ways."""
    n = len(study.design.arterials)
    lines = [f"{study.scenario.name}: green waves on {n} arterial{'s' * (n != 1)}", ""]
    lines += [f"  {name} has none: {why}" for name, why in study.design.left_out.items()]
    lines.append("    band  breaks   delay [s]   stops")
    lines += [*map(_choice_line, study.design.choices), f"{_choice_line(study.design.given)}  as given", ""]
    lines.append(
        "band: share of what greens allow on each link, by traffic; delay, stops: all, by the queue model."
    )
    lines += [*_other_line(study), "", *_speed_lines(study)]
    if study.checks:
        lines += ["", *_trip_lines(study), "", *_total_lines(study)]
    return "\n".join(lines)


def _choice_object(choice: WaveChoice) -> dict[str, object]:
    return {
        "band_value": choice.band_value,
        "band": round(choice.band, 4),
        "n_breaks": choice.n_breaks,
        "delay_s": round(choice.delay_s, 3),
        "stops": round(choice.stops, 4),
    }


def _choice_line(choice: WaveChoice) -> str:
    return f"  {100.0 * choice.band:4.0f} % {choice.n_breaks:7d} {choice.delay_s:11.1f} {choice.stops:7.2f}"


def _other_line(study: WaveStudy) -> list[str]:
    """Tell where offsets of less delay than those chosen have narrower bands."""
    least, chosen = study.least_delay, study.chosen
    if least.delay_s > (1.0 - MARGIN) * chosen.delay_s:
        return []
    most = max(choice.band for choice in study.design.choices)
    keep = np.floor(100.0 * least.band / most) / 100.0
    return [
        f"Least delay: {least.delay_s:.1f} s with {100 * least.band:.0f} % of bands, against "
        f"{chosen.delay_s:.1f} s with {100 * chosen.band:.0f} %; --keep {keep:g} takes those offsets."
    ]


def _speed_lines(study: WaveStudy) -> list[str]:
    """A row for each arterial and direction: the speed to post, and what of the greens goes on at it."""
    lines = ["speed to post            km/h   greens that reach the next on green"]
    for speed in study.speeds:
        name = f"{speed.arterial} {speed.direction}"
        gain = (
            f", {100 * speed.share_at_limit:.0f} % at the limit" if speed.share > speed.share_at_limit else ""
        )
        lines.append(f"{name:<22} {speed.speed_km_h:6.0f}   {100 * speed.share:3.0f} %{gain}")
    return lines


def _trip_lines(study: WaveStudy) -> list[str]:
    """A row for each arterial and direction: field plan and waves."""
    head = "through trips     trips a run      s/km          stops/km      on green     unstopped"
    lines = [head]
    for before, after in zip(study.checks[FIELD].rows, study.checks[WAVES].rows, strict=True):
        old, new = before.together, after.together
        name = f"{before.arterial} {before.direction}"
        lines.append(
            f"{name:<22} {new.n_trips / len(after.by_seed):6.0f}  {old.s_per_km:5.0f} > {new.s_per_km:4.0f}"
            f"   {old.stops_per_km:5.2f} > {new.stops_per_km:5.2f}"
            f"    {100 * old.on_green_share:3.0f} > {100 * new.on_green_share:3.0f} %"
            f"   {100 * old.unstopped_share:3.0f} > {100 * new.unstopped_share:3.0f} %"
        )
    lines.append(
        "on green: share of stop lines, or of queues before them, reached on green; unstopped: passed so."
    )
    return lines


def _total_lines(study: WaveStudy) -> list[str]:
    """Changes against the field plan, and against the offsets of least delay."""
    lines = [f"{what}: {_words(study.trip_change(key), unit)}" for key, what, unit in TOTALS]
    lines.append(f"delay of all vehicles: {_words(study.delay_change(), 's')}")
    other = study.delay_change(LEAST_DELAY, WAVES)
    lines.append(f"delay of all vehicles against the offsets of least delay: {_words(other, 's')}")
    return lines


def _words(change: Change, unit: str) -> str:
    if change.ci95 is None:
        return f"{change.mean:+.2f} {unit} ({change.percent:+.1f} %; one seed: no interval)"
    low, high = change.ci95
    interval = f"95 % interval {low:+.2f} to {high:+.2f} {unit}"
    return f"{change.mean:+.2f} {unit} ({change.percent:+.1f} %), {interval}: {change.verdict}"
