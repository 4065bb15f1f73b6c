"""Green bands along a corridor: exact engines for fixed cycle and speed, and mixed-integer programs."""
