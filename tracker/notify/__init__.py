"""Messages out: to a webhook, through Apprise, and a heartbeat. Each is one attempt."""
