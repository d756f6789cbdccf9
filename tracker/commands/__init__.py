"""What a person can ask for, a module by kind of wish; each loaded when it is called."""
