"""How figures look: one place for colours, markers, sizes and the settings of Matplotlib."""

from typing import Any

BOLD = 600
"""Weight under which Matplotlib knows the bold face of the shipped font."""
INK, GREY, PALE, PAPER = "#1d1d1b", "#6b6b66", "#dcdad3", "#fffefb"
FOCUS = "#f3ead2"
"""Background of the district a study is about."""

FAMILY_COLOURS = {"survey": "#0072b2", "causal": "#d55e00", "iri2019": "#009e73"}
"""Okabe-Ito colours, told apart in the common forms of colour blindness; markers differ as well."""
FAMILY_MARKERS = {"survey": "o", "causal": "s", "iri2019": "D"}
FAMILY_LINES = {"survey": "-", "causal": "--", "iri2019": ":"}

CLASS_COLOURS = {
    "replaced": "#b8b6ae",
    "unchanged": "#e3e1da",
    "reshuffled": "#8f8c82",
    "size_switched": "#e69f00",
    "moved_between_districts": "#f0e442",
    "retained": "#0072b2",
    "retained_online": "#56b4e9",
    "inflow": "#009e73",
    "time_shifted": "#cc79a7",
    "new": "#d55e00",
}
CLASS_HATCHES = {
    "reshuffled": "///",
    "retained_online": "\\\\\\",
    "time_shifted": "xxx",
    "moved_between_districts": "...",
}

SETTINGS: Any = {
    "font.family": "NanumGothic",
    "font.size": 9,
    "axes.unicode_minus": False,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.titleweight": BOLD,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": GREY,
    "ytick.color": INK,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "grid.color": PALE,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "hatch.linewidth": 0.5,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    # A dollar sign in a title is a dollar sign.
    "text.parse_math": False,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "eum",
}
WIDTH_INCHES = 5.0
"""Width of a figure; narrow, so that its letters stay readable on a phone."""
