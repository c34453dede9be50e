"""Operations on enhanced health."""
