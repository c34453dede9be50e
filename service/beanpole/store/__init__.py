"""Redis: the only room that imports it for state."""
