"""Applications, their versions and their saved configurations."""
