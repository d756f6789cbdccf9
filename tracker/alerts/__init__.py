"""Alerts: a rule applied to snapshots gives an event with an id, which is sent once.

``rules`` decides (pure), ``evaluation`` applies them to the database, ``messages`` has the texts,
``delivery`` sends what waits in the outbox.
"""
