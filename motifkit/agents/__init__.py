"""The agent that learns: rollouts, updates, and what may be added to them."""
