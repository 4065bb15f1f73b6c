"""Whether an installation works: SUMO, packages, fonts, folders, and a run of the example."""
