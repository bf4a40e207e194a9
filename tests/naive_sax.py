"""Plain SAX, one window and one value at a time: what `motifkit.mining.sax_words` must equal."""

from fractions import Fraction
from math import sqrt
from statistics import NormalDist


def paa(window, n_segments):
    m = len(window)
    means = []
    for j in range(n_segments):
        start, end = Fraction(j * m, n_segments), Fraction((j + 1) * m, n_segments)
        total = 0.0
        for i in range(m):
            overlap = min(end, i + 1) - max(start, i)
            if overlap > 0:
                total += float(overlap) * window[i]
        means.append(total / float(end - start))
    return means


def breakpoints(alphabet_size):
    return [NormalDist().inv_cdf(i / alphabet_size) for i in range(1, alphabet_size)]


def word(window, n_segments, alphabet_size):
    symbols = []
    for mean in paa(window, n_segments):
        symbol = 0
        for border in breakpoints(alphabet_size):
            if mean >= border:
                symbol += 1
        symbols.append(symbol)
    return symbols


def encode(symbols, alphabet_size):
    code = 0
    for symbol in symbols:
        code = code * alphabet_size + int(symbol)
    return code


def mindist(a, b, m, alphabet_size):
    borders = breakpoints(alphabet_size)
    total = 0.0
    for r, c in zip(a, b, strict=True):
        if abs(int(r) - int(c)) > 1:
            total += (borders[max(r, c) - 1] - borders[min(r, c)]) ** 2
    return sqrt(m / len(a)) * sqrt(total)


def numerosity_reduction(codes, position):
    kept = []
    for i in range(len(codes)):
        kept.append(i == 0 or codes[i] != codes[i - 1] or position[i] != position[i - 1] + 1)
    return kept


def markov_expected(words):
    """Expected count of each distinct word (a tuple), by a chain with transitions of its own at each step."""
    words = [tuple(int(s) for s in w) for w in words]
    expected = {}
    for w in set(words):
        p = sum(v[0] == w[0] for v in words) / len(words)
        for i in range(1, len(w)):
            before = [v for v in words if v[i - 1] == w[i - 1]]
            p *= sum(v[i] == w[i] for v in before) / len(before)
        expected[w] = p * len(words)
    return expected
