"""Many runs that survive anything: a matrix of scenarios, methods, demands and seeds."""
