"""Each promise with its test, and each test with its saboteur: the fault it guards against turns it red."""
