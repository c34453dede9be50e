"""A machine of its own for the commands of a bundle, in which they can do no harm."""
