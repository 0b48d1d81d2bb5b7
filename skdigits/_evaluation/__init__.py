"""Predictions compared with the truth, in numbers; nothing is drawn here."""
