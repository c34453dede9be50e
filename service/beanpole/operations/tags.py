"""Operations on the tags of resources."""
