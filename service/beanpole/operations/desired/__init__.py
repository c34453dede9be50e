"""The configuration that a request asks for: a `Target` has the entities that it names, a `Desired` is valid, too."""
