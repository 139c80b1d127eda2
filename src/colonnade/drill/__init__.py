"""Drills: a measured load, one fault, and a verdict on what was acknowledged against what was kept.

catalogue (what there is) → schedule (which servers, when) → conduct (load, fault, healing) → history → judge → report.
"""
