// The target of the headers that all tests have in common needs a file.
