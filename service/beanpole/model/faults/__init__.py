"""Armed faults, and the symptoms that they cause."""
