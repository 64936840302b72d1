"""Zones as people ask for them and look at them: requests, amounts, reports on use, reviews."""
