"""Measurements that are printed, not tested: speed, and real executions judged."""
