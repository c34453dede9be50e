"""What a configuration is made of: a `Target` is all that a request names, found; a `Desired` is that, checked."""
