"""Alerts: a rule and what was seen become an event with an id, told once and told honestly.

``rules`` says what is to be told (pure), ``words`` how, ``watch`` asks the database, ``delivery``
sends what waits in the outbox.
"""
