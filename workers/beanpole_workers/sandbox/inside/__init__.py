"""What runs inside a sandbox: it imports the standard library and itself, since nothing else is there."""
