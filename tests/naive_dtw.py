"""Plain dynamic time warping, one cell at a time: what the kernels in `motifkit.mining` must equal."""

from math import inf, sqrt


def squared(u, v):
    return sum((p - q) ** 2 for p, q in zip(u, v, strict=True))


def table(a, b, window=None):
    """Accumulated squared costs of windows a and b, lists of steps that are lists of channels."""
    m = len(a)
    cost = [[inf] * m for _ in range(m)]
    for i in range(m):
        for j in range(m):
            if window is not None and abs(i - j) > window:
                continue
            before = [0.0] if i == j == 0 else []
            if i > 0 and j > 0:
                before.append(cost[i - 1][j - 1])
            if i > 0:
                before.append(cost[i - 1][j])
            if j > 0:
                before.append(cost[i][j - 1])
            cost[i][j] = squared(a[i], b[j]) + min(before)
    return cost


def distance(a, b, window=None):
    return sqrt(table(a, b, window)[-1][-1])


def path(a, b, window=None):
    """Cells of the best path, from the end; among equals the diagonal goes first, then the step in a."""
    cost = table(a, b, window)
    i = j = len(a) - 1
    cells = [(i, j)]
    while (i, j) != (0, 0):
        choices = []
        if i > 0 and j > 0:
            choices.append((cost[i - 1][j - 1], 0, (i - 1, j - 1)))
        if i > 0:
            choices.append((cost[i - 1][j], 1, (i - 1, j)))
        if j > 0:
            choices.append((cost[i][j - 1], 2, (i, j - 1)))
        i, j = min(choices)[2]
        cells.append((i, j))
    return cells


def barycentre(windows, centre, window=None):
    """One step of DBA for one cluster."""
    m, n_channels = len(centre), len(centre[0])
    total = [[0.0] * n_channels for _ in range(m)]
    count = [0] * m
    for one in windows:
        for i, j in path(one, centre, window):
            count[j] += 1
            for c in range(n_channels):
                total[j][c] += one[i][c]
    return [[value / count[j] for value in total[j]] for j in range(m)]


def swapped(rows, chosen):
    """Chosen rows after exchanging, k times at most, the pair that lowers the sum of least entries most."""

    def inertia(some):
        return sum(min(rows[i][t] for i in some) for t in range(len(rows[0])))

    chosen = list(chosen)
    for _ in chosen[:]:
        best, pair = inertia(chosen), None
        for new in range(len(rows)):
            for old in range(len(chosen)):
                after = inertia([*chosen[:old], new, *chosen[old + 1 :]])
                if after < best:
                    best, pair = after, (new, old)
        if pair is None:
            break
        chosen[pair[1]] = pair[0]
    return chosen
