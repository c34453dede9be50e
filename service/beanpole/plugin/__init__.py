"""The parts of a test's world: its clients, its faults, its memory, and its endpoint for every service."""
