"""Source cards, retrieval with checksums, and one reader per source file."""
