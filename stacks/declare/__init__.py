"""What a centre shall be, as pure functions of the city's data: foundation, landing zones, and the program that declares them."""
