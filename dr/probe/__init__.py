"""The drill's witness: a script that runs outside the centres and writes down what it saw."""
