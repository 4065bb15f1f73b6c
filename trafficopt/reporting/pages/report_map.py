"""The map of a report: circles that lead to pages, with layers of colors to choose from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from markupsafe import Markup
from matplotlib.figure import Figure

from trafficopt.network import Network
from trafficopt.reporting.pages.map_layers import OUT, MapLayer
from trafficopt.reporting.plots.city_map import SIGNALS, plot_city_map
from trafficopt.reporting.plots.inline_svg import inline_svg

SCALE_IN = 1.1
"""Height of the color scale that is left out."""


def map_svg(network: Network, layer: MapLayer, anchors: Mapping[str, str]) -> Markup:
    """Draw the map in the colors of a layer; to be called within `figure_style`.

    Parameters
    ----------
    anchors
        Place in the page of each intersection.
    """
    ids = [node.id for node in network.intersections]
    ax = plot_city_map(network, dict.fromkeys(ids, 0.0))
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    for scale in figure.axes[1:]:  # the page has a legend of its own
        scale.remove()
    width_in, height_in = figure.get_size_inches()
    figure.set_size_inches(width_in, height_in - SCALE_IN)
    (circles,) = (item for item in ax.collections if item.get_gid() == SIGNALS)
    circles.set_array(None)
    circles.set_facecolor([layer.colors.get(key, OUT) for key in ids])
    circles.set_urls([f"#{anchors[key]}" for key in ids])
    titles = {f"#{anchors[key]}": f"{key}: {layer.texts.get(key, '')}" for key in ids}
    return inline_svg(figure, "map", "Map of the intersections", titles)


def layers_json(layers: Sequence[MapLayer], anchors: Mapping[str, str]) -> Markup:
    """All layers by the places of their intersections, for the script of the page."""
    held = {
        "names": {anchor: key for key, anchor in anchors.items()},
        "layers": [
            {
                "colors": {anchors[key]: color for key, color in layer.colors.items() if key in anchors},
                "texts": {anchors[key]: text for key, text in layer.texts.items() if key in anchors},
                "legend": layer.legend,
            }
            for layer in layers
        ],
    }
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))
