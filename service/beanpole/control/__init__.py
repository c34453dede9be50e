"""The control routes under `/_beanpole`: the clock, faults, fleets, CNAMEs and the state of an account."""
