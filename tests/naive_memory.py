"""The memories by their definitions: NumPy in double precision, one head, one step, one slot at a time."""

import math

import numpy as np


def array(tensor):
    return tensor.detach().double().numpy()


def linear(layer, x):
    return x @ array(layer.weight).T + array(layer.bias)


def layer_norm(layer, x):
    scaled = (x - x.mean()) / np.sqrt(x.var() + layer.eps)
    return scaled * array(layer.weight) + array(layer.bias)


def softmax(x):
    weights = np.exp(x - np.max(x))
    return weights / weights.sum()


def position(t, dim):
    n_waves = (dim + 1) // 2
    angles = [t * 10_000.0 ** (-i / n_waves) for i in range(n_waves)]
    return np.array([math.sin(a) for a in angles] + [math.cos(a) for a in angles])[:dim]


def causal(encoder, steps):
    """`CausalEncoder` at the last of steps (T, in_dim)."""
    dim, width = encoder.dim, encoder.dim // encoder.n_heads
    rows = [linear(encoder.embed, step) + position(t, dim) for t, step in enumerate(steps)]
    q, k, v = np.split(np.array([linear(encoder.qkv, row) for row in rows]), 3, axis=1)  # (T, D) each
    mixed = []
    for head, primacy in enumerate(array(encoder.primacy)):
        own = slice(head * width, (head + 1) * width)
        logits = [
            q[-1, own] @ k[s, own] / math.sqrt(width) - primacy * math.log(1 + s) for s in range(len(rows))
        ]
        mixed.append(softmax(np.array(logits)) @ v[:, own])
    x = layer_norm(encoder.norm_attention, rows[-1] + linear(encoder.out, np.concatenate(mixed)))
    first, _, second = encoder.feed_forward
    return layer_norm(encoder.norm_output, x + linear(second, np.maximum(linear(first, x), 0)))


def window(encoder, steps):
    """`WindowEncoder` at the last of steps (T, in_dim)."""
    taken = [steps[max(0, len(steps) - encoder.length + i)] for i in range(encoder.length)]
    if len(steps) < encoder.length:
        taken = [steps[0]] * (encoder.length - len(steps)) + list(steps)
    flat = np.concatenate(taken)
    hidden = np.maximum(linear(encoder.hidden, flat), 0)
    return layer_norm(encoder.norm, linear(encoder.direct, flat) + linear(encoder.out, hidden))


def episode(encoder, steps):
    """`EpisodeEncoder` at the last of steps (T, in_dim)."""
    first, _, second = encoder.features
    mean = np.mean([linear(second, np.maximum(linear(first, step), 0)) for step in steps], axis=0)
    return mean + encoder.gate.item() * causal(encoder.block, steps)


def dot_attention(query, keys, values):
    """The notebook's: softmax of products, weighted sum. Gives (readout, attention)."""
    attn = softmax(np.array([key @ query for key in keys]))
    return sum(a * value for a, value in zip(attn, values, strict=True)), attn


def cosine_attention(query, keys, values, scale, threshold):
    """Scaled cosines against a null slot with logit 0."""
    cosines = [key @ query / np.linalg.norm(key) / np.linalg.norm(query) for key in keys]
    attn = softmax(np.array([0.0] + [scale * (c - threshold) for c in cosines]))[1:]
    return sum(a * value for a, value in zip(attn, values, strict=True)), attn


def attended(attention, query, keys, values):
    if attention.kind == "dot":
        return dot_attention(query, keys, values)
    scale = min(attention.log_scale.exp().item(), 100.0)
    return cosine_attention(query, keys, values, scale, attention.threshold.item())


def bank_answer(bank, steps):
    """`MotifMemoryBank` after steps (T, F): (readout, attention)."""
    motifs = array(bank.motif_embeds)
    return attended(bank.attention, window(bank.encoder, steps), motifs, motifs)


def buffer_answer(buffer, steps, stored):
    """`StrategicMemoryBuffer` after steps (T, F); `stored` is a list of (rows (n, F), outcome)."""
    if not stored:
        return np.zeros(buffer.mem_dim), np.zeros(0)
    encoded = [episode(buffer.encoder, rows) for rows, _ in stored]
    squashed = [math.copysign(math.log1p(abs(outcome)), outcome) for _, outcome in stored]
    told = [e + linear(buffer.outcome_embed, np.array([s])) for e, s in zip(encoded, squashed, strict=True)]
    query = episode(buffer.encoder, steps)
    if buffer.attention.kind == "dot":
        return attended(buffer.attention, query, told, told)
    keys = [linear(buffer.to_key, e) for e in encoded]
    values = [linear(buffer.to_value, e) for e in told]
    common = sum(keys) / (len(keys) + 1)
    query = linear(buffer.to_key, query) - common
    return attended(buffer.attention, query, [key - common for key in keys], values)


def farthest_first(candidates, stored, n):
    """Again and again the candidate whose nearest stored or chosen point is farthest, the first of equals."""
    chosen = []
    while len(chosen) < min(n, len(candidates)):
        taken = list(stored) + [candidates[i] for i in chosen]

        def room(i, taken=taken):
            return min((float(np.linalg.norm(candidates[i] - other)) for other in taken), default=math.inf)

        chosen.append(max((i for i in range(len(candidates)) if i not in chosen), key=room))
    return chosen


class Slots:
    """A buffer of (label, age, score) rows: the lowest score goes, the oldest of equals."""

    def __init__(self, n_slots, fifo=False):
        self.n_slots, self.fifo, self.n_put, self.rows = n_slots, fifo, 0, []

    def put(self, label):
        self.n_put += 1
        row = [label, self.n_put, 0.0]
        if len(self.rows) < self.n_slots:
            self.rows.append(row)
            return
        score = (lambda i: self.rows[i][1]) if self.fifo else (lambda i: (self.rows[i][2], self.rows[i][1]))
        self.rows[min(range(self.n_slots), key=score)] = row

    @property
    def labels(self):
        return [label for label, _, _ in self.rows]
