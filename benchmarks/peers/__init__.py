"""What other ways to time the same signals reach on the same maps, beside this library's plans."""
