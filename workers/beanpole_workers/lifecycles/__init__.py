"""Tables of stages for launch, termination and the like; pure."""
