"""Operations on the logs of instances."""
