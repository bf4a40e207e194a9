"""How good an agent is, with intervals, beside fair baselines."""
