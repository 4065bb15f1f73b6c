"""How well a model answers for SUMO: cases, plans and SUMO's answers, and what could be reached at best."""
