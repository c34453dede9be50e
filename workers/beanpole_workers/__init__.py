"""The workers of beanpole: they make time pass."""
