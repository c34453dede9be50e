"""Events, and every sentence that one can have."""
