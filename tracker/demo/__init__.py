"""The demo: January 2025, reconstructed by a loopback store, collected and drawn."""
