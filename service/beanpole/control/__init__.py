"""The control routes under `/_beanpole`: clock, faults, fleets and state, which the service itself has no words for."""
