"""What may be switched on: requirements of a signal, what is shown between stages, the gate, plan files."""
