"""Faults as the operator makes them: on a server, or of a machine of the lab; each undone whatever happens."""
