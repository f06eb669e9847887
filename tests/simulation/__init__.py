"""Deterministic simulation of delivery: the real engine and journal, a simulated network, a virtual clock."""
