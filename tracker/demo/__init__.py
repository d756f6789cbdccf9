"""The main job on an embedded default: January 2025, reconstructed, collected and drawn."""
