"""Operations on custom platforms."""
