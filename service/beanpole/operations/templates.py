"""Operations on saved configurations."""
