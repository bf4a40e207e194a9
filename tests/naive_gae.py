"""Generalised advantage estimation by its definition, one episode and one step at a time."""


def gae(rewards, values, length, terminated, final_value, gamma, lam):
    """Advantages of one episode, lists of numbers in, a list as long out with zeros after the end."""
    following = [*values[1:length], 0.0 if terminated else final_value]
    deltas = [rewards[t] + gamma * following[t] - values[t] for t in range(length)]
    sums = [sum((gamma * lam) ** k * deltas[t + k] for k in range(length - t)) for t in range(length)]
    return sums + [0.0] * (len(rewards) - length)


def discounted_sums(rewards, gamma):
    """R_t = sum of gamma^k r_{t-k}."""
    return [sum(gamma**k * rewards[t - k] for k in range(t + 1)) for t in range(len(rewards))]
