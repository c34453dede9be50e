"""Parts and decoders that one thread makes, once, for all threads of a process."""
