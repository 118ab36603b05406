"""What sending costs here, and what it costs elsewhere: `make bench`."""
