"""One half-step: a ridge regression for every row, all at once."""
