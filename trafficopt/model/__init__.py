"""Pure numbers: capacity, delay, queues and platoons, green bands."""
