"""The shipped cities: data only."""
