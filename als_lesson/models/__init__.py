"""What is fitted to ratings: ALS for stars and for watches, and what it is measured against."""
