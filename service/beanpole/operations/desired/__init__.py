"""What a request asks a configuration to be, and what that configuration is made of."""
