"""Encoders: stepping, unrolling and looking at the end alone agree; nothing from later reaches earlier."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motifkit.errors import UsageError
from motifkit.memory.encoder import CausalEncoder, sinusoidal_positions
from motifkit.memory.episode_encoder import EpisodeEncoder
from motifkit.memory.initialise import drawn_from
from motifkit.memory.window_encoder import WindowEncoder, windows_up_to_each_step
from tests import naive_memory as naive
from tests.memory.memories import random_context

F, D = 5, 8


def causal(dim=D, n_heads=2, seed=0, cls=CausalEncoder):
    with drawn_from(seed):
        return cls(F, dim, n_heads)


def windowed(in_dim, length):
    with drawn_from(3):
        return WindowEncoder(in_dim, length, D)


SEQUENTIAL = [CausalEncoder, EpisodeEncoder]


@torch.no_grad()
def stepped(encoder, steps):
    cache = encoder.start(len(steps))
    return torch.stack([encoder.step(row, cache) for row in steps.unbind(1)], 1)


@pytest.mark.parametrize("cls", SEQUENTIAL)
@pytest.mark.parametrize(("n_steps", "dim", "n_heads"), [(1, 8, 2), (63, 9, 3), (300, 8, 4), (1500, 8, 1)])
def test_steps_equal_the_unrolled_pass_however_long(cls, n_steps, dim, n_heads):
    """64, 128, ... are where caches grow; widths of 3 and 2 a head are not what kernels like."""
    encoder, steps = causal(dim, n_heads, cls=cls), random_context(2, n_steps, F)
    with torch.no_grad():
        assert (stepped(encoder, steps) - encoder(steps)).abs().max() < 1e-5


@pytest.mark.parametrize("cls", SEQUENTIAL)
def test_the_end_alone_equals_the_unrolled_pass_at_each_length(cls):
    encoder, steps = causal(cls=cls), random_context(7, 300, F)
    lengths = torch.tensor([1, 2, 63, 64, 65, 257, 300])
    with torch.no_grad():
        whole = encoder(steps)[torch.arange(7), lengths - 1]
        assert (encoder.last(steps, lengths) - whole).abs().max() < 1e-5


@pytest.mark.parametrize("cls", SEQUENTIAL)
def test_encodings_equal_the_plain_twin(cls):
    encoder, steps = causal(12, 3, cls=cls), random_context(2, 11, F)
    twin = naive.causal if cls is CausalEncoder else naive.episode
    with torch.no_grad():
        found = encoder(steps)
    for i in range(2):
        for t in range(11):
            plain = twin(encoder, steps[i, : t + 1].double().numpy())
            assert np.allclose(found[i, t], plain, atol=1e-5)


def torch_layer(encoder):
    """The same block as torch has it."""
    layer = torch.nn.TransformerEncoderLayer(
        encoder.dim, encoder.n_heads, 2 * encoder.dim, dropout=0.0, batch_first=True
    )
    with torch.no_grad():
        layer.self_attn.in_proj_weight.copy_(encoder.qkv.weight)
        layer.self_attn.in_proj_bias.copy_(encoder.qkv.bias)
    layer.self_attn.out_proj.load_state_dict(encoder.out.state_dict())
    layer.norm1.load_state_dict(encoder.norm_attention.state_dict())
    layer.norm2.load_state_dict(encoder.norm_output.state_dict())
    layer.linear1.load_state_dict(encoder.feed_forward[0].state_dict())
    layer.linear2.load_state_dict(encoder.feed_forward[2].state_dict())
    return layer


@pytest.mark.parametrize("n_heads", [1, 2, 4])
def test_without_primacy_the_last_step_is_that_of_a_transformer_layer(n_heads):
    encoder, steps = causal(n_heads=n_heads), random_context(3, 20, F)
    layer = torch_layer(encoder).train()  # eval would take torch's other path; dropout is 0
    with torch.no_grad():
        encoder.primacy.zero_()
        for t in (1, 2, 20):
            embedded = encoder.embed(steps[:, :t]) + sinusoidal_positions(0, t, D)
            assert torch.allclose(encoder(steps)[:, t - 1], layer(embedded)[:, -1], atol=1e-5)
        encoder.primacy.fill_(1.0)
        embedded = encoder.embed(steps) + sinusoidal_positions(0, 20, D)
        assert not torch.allclose(encoder(steps)[:, -1], layer(embedded)[:, -1], atol=1e-3)


def test_primacy_keeps_the_first_step_alive_for_long():
    """What the first step says still moves the last one after 1,000 steps of silence, tenfold stronger."""
    encoder, steps = causal(), torch.zeros(1, 1000, F)
    other = steps.clone()
    other[:, 0] = 1.0
    moved = []
    for primacy in (0.0, 1.0):
        with torch.no_grad():
            encoder.primacy.fill_(primacy)
            moved.append(float((encoder(steps)[:, -1] - encoder(other)[:, -1]).norm()))
    assert moved[1] > 10 * moved[0] > 0


@pytest.mark.parametrize("cls", [*SEQUENTIAL, WindowEncoder])
@given(cut=st.integers(1, 39))
@settings(max_examples=10, deadline=None)
def test_later_rows_change_nothing_before(cls, cut):
    encoder = windowed(F, 4) if cls is WindowEncoder else causal(cls=cls)
    unroll = encoder.unroll if cls is WindowEncoder else encoder
    steps = random_context(2, 40, F)
    other = steps.clone()
    other[:, cut:] = 1e4
    with torch.no_grad():
        one, two = unroll(steps), unroll(other)
    assert torch.allclose(one[:, :cut], two[:, :cut], atol=1e-6)
    assert not torch.allclose(one[:, cut:], two[:, cut:], atol=1e-2)


@pytest.mark.parametrize("cls", SEQUENTIAL)
def test_rows_after_the_end_change_nothing(cls):
    encoder, steps = causal(cls=cls), random_context(3, 12, F)
    lengths = torch.tensor([1, 5, 12])
    junk = torch.where((torch.arange(12) < lengths[:, None])[..., None], steps, torch.tensor(1e4))
    longer = torch.cat([junk, torch.full((3, 70, F), -1e4)], 1)
    with torch.no_grad():
        wanted = encoder.last(steps, lengths)
        assert torch.allclose(encoder.last(longer, lengths), wanted, atol=1e-6)


@pytest.mark.parametrize("cls", SEQUENTIAL)
@pytest.mark.parametrize("at", [(2, 5), (290, 296)])
def test_the_order_of_steps_counts_also_beyond_256(cls, at):
    encoder, steps = causal(cls=cls), random_context(1, 300, F)
    swapped = steps.clone()
    swapped[:, list(at)] = steps[:, list(at)[::-1]]
    with torch.no_grad():
        encoder(steps[:, :10])  # a short pass first: the table of positions has to grow
        moved = (encoder(steps)[:, -1] - encoder(swapped)[:, -1]).abs().max()
        level = (encoder(steps)[:, -1] - encoder(steps)[:, -1]).abs().max()
    assert moved > 1e-6 and level == 0


def test_positions_are_those_of_the_sines_wherever_they_start():
    table = sinusoidal_positions(0, 2000, 9)
    assert table.shape == (2000, 9)
    assert torch.equal(sinusoidal_positions(1990, 10, 9), table[1990:])
    assert np.allclose(table[1777], naive.position(1777, 9), atol=1e-6)
    assert len(torch.unique(table, dim=0)) == 2000


def test_windows_tell_a_rise_from_a_fall():
    """The notebook's encoder averages over steps without positions, so it cannot."""
    encoder = windowed(1, 4)
    rise = torch.arange(4.0).view(1, 4, 1)
    with torch.no_grad():
        assert (encoder(rise) - encoder(rise.flip(1))).abs().max() > 0.05


@pytest.mark.parametrize("length", [1, 4, 15])
def test_windows_equal_the_plain_twin_from_the_first_step_on(length):
    encoder, steps = windowed(F, length), random_context(2, 9, F)
    with torch.no_grad():
        found = encoder.unroll(steps)
    for i in range(2):
        for t in range(9):
            plain = naive.window(encoder, steps[i, : t + 1].double().numpy())
            assert np.allclose(found[i, t], plain, atol=1e-5)


def test_windows_at_the_start_repeat_the_first_step():
    windows = windows_up_to_each_step(torch.arange(3.0).view(1, 3, 1), 4)[0, :, :, 0]
    assert windows.tolist() == [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 2]]


@pytest.mark.parametrize("cls", SEQUENTIAL)
def test_gradients_reach_every_weight(cls):
    encoder = causal(cls=cls)
    (encoder(random_context(2, 6, F)) * random_context(2, 6, D, seed=1)).sum().backward()
    missed = [name for name, p in encoder.named_parameters() if p.grad is None or not p.grad.any()]
    assert missed == []


@pytest.mark.parametrize("n_heads", [0, 3, -1])
def test_heads_must_divide_the_width(n_heads):
    with pytest.raises(UsageError, match=f"{n_heads} must divide"):
        CausalEncoder(F, D, n_heads)


def test_a_copy_has_weights_of_its_own():
    encoder, steps = causal(), random_context(1, 100, F)
    twin = copy.deepcopy(encoder)
    with torch.no_grad():
        assert torch.equal(twin(steps), encoder(steps))
        twin.embed.weight.add_(1.0)
        assert not torch.equal(twin(steps), encoder(steps))
