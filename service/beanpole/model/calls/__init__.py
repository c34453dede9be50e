"""The parts that calls of many nouns share: tags, and pages of lists."""
