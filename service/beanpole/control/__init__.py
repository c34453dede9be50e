"""The control routes under `/_beanpole` for the clock, faults, fleets and state, which the service itself has no operations for."""
