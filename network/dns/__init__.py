"""The city's name server: record sets changed by signed updates, and whether zones are signed as policy says."""
