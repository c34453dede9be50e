"""Operations on managed actions."""
