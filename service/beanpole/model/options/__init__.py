"""Configuration options: definitions, effective values and validation."""
