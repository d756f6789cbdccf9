"""A store on 127.0.0.1 that speaks Apple's formats: understudy for the demo and the tests."""
