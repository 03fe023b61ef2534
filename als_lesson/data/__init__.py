"""Ratings: loaded, looked over, simulated, split, and made into a matrix that remembers blanks."""
