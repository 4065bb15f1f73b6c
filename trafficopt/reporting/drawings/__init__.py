"""Drawings of one signal: stages on the junction, signal timing, rings."""
