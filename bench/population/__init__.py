"""What the review of a population costs, beside programs that only parse the same bytes."""
