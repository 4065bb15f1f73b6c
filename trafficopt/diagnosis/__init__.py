"""What is wrong where: figures of movements, intersections, links and arterials, and a ranked worklist."""
