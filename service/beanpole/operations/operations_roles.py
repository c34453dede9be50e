"""Operations on the role that the service takes on for an environment."""
