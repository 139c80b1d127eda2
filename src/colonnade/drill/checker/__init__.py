"""Checkers: one for each workload, a history in, a finding out. Pure; docs/drill-checkers.md says what each proves."""
