"""The wire: what the program writes becomes the least a terminal must be told, at the pace it takes it."""
