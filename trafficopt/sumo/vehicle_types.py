"""Read vehicle types, with SUMO's defaults by vehicle class where the file is silent."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import NamedTuple

from trafficopt.demand import VehicleType

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class _ClassDefaults(NamedTuple):
    """What SUMO 1.28 takes for a class: asked of SUMO through `traci.vehicletype`.

    The speed desired at most was seen as that of vehicles on a free road without `speedDev`.
    """

    length_m: float = 5.0
    min_gap_m: float = 2.5
    accel_m_s2: float = 2.6
    decel_m_s2: float = 4.5
    max_speed_m_s: float = 200 / 3.6
    speed_deviation: float = 0.1
    desired_max_speed_m_s: float = float("inf")


CAR = _ClassDefaults()
OTHERS = {
    "emergency": CAR._replace(length_m=6.5, speed_deviation=0.0),
    "authority": CAR._replace(speed_deviation=0.0),
    "army": CAR._replace(speed_deviation=0.0),
    "taxi": CAR._replace(speed_deviation=0.05),
    "delivery": CAR._replace(length_m=6.5, speed_deviation=0.05),
    "bus": _ClassDefaults(12.0, 2.5, 1.2, 4.0, 100 / 3.6, 0.0),
    "coach": _ClassDefaults(14.0, 2.5, 2.0, 4.0, 100 / 3.6, 0.05),
    "truck": _ClassDefaults(7.1, 2.5, 1.3, 4.0, 130 / 3.6, 0.05),
    "trailer": _ClassDefaults(16.5, 2.5, 1.1, 4.0, 130 / 3.6, 0.05),
    "motorcycle": _ClassDefaults(2.2, 2.5, 6.0, 10.0, 200 / 3.6, 0.1),
    "moped": _ClassDefaults(2.1, 2.5, 1.1, 7.0, 60 / 3.6, 0.1),
    "bicycle": _ClassDefaults(1.6, 0.5, 1.2, 3.0, 50 / 3.6, 0.1, 20 / 3.6),
    "scooter": _ClassDefaults(1.2, 0.5, 1.2, 3.0, 25 / 3.6, 0.1, 20 / 3.6),
    "wheelchair": _ClassDefaults(1.2, 0.5, 1.5, 2.0, 30 / 3.6, 0.1, 5 / 3.6),
    "tram": _ClassDefaults(22.0, 2.5, 1.0, 3.0, 80 / 3.6, 0.0),
}
CAREFUL = ("tram",)  # driven without imperfection


def vehicle_type(element: ET.Element, options: Mapping[str, str]) -> VehicleType:
    """Vehicle type of a `<vType>`.

    Parameters
    ----------
    options
        SUMO's options, of which `default.speeddev` counts here.
    """
    kind = element.get("vClass", "passenger")
    usual = OTHERS.get(kind, CAR)

    def number(name: str, default: float) -> float:
        return _number(element.get(name), default)

    mean, deviation = _speed_factor(element, _number(options.get("default.speeddev"), -1.0), usual)
    return VehicleType(
        id=element.get("id", ""),
        length_m=number("length", usual.length_m),
        min_gap_m=number("minGap", usual.min_gap_m),
        tau_s=number("tau", 1.0),
        vehicle_class=kind,
        accel_m_s2=number("accel", usual.accel_m_s2),
        decel_m_s2=number("decel", usual.decel_m_s2),
        sigma=number("sigma", 0.0 if kind in CAREFUL else 0.5),
        max_speed_m_s=min(
            number("maxSpeed", usual.max_speed_m_s), number("desiredMaxSpeed", usual.desired_max_speed_m_s)
        ),
        speed_factor=mean,
        speed_deviation=deviation,
        impatience=number("impatience", 0.0),
    )


def _number(text: str | None, default: float) -> float:
    """Value of an attribute; `default` where it is missing or a word."""
    return float(text) if text and NUMBER.fullmatch(text.strip()) else default


def _speed_factor(element: ET.Element, option: float, usual: _ClassDefaults) -> tuple[float, float]:
    """Mean and deviation of `speedFactor`, which is a number, `norm(m, d)` or `normc(m, d, low, high)`."""
    text = element.get("speedFactor", "")
    numbers = [float(found) for found in NUMBER.findall(text)]
    usually = option if option >= 0 else usual.speed_deviation
    deviation = _number(element.get("speedDev"), usually)
    if text.startswith("norm") and len(numbers) > 1:
        deviation = numbers[1]
    return (numbers[0] if numbers else 1.0), deviation
