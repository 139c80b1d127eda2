"""Drills: a measured load, one fault, and a verdict on what was acknowledged against what was kept."""
