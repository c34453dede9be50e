"""Real time and random numbers, for which the machine must be asked."""
