"""What each step costs as a city grows."""
