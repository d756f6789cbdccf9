"""A store on 127.0.0.1 with Apple's formats, for the demo and the tests."""
