import resource
from pathlib import Path

import pytest
import torch

from chatbot.engines.slots import Slots, untouched


def resident() -> int:
    """Bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="tells memory as Linux does")
def test_places_take_memory_only_where_something_was_written() -> None:
    before = resident()
    slots = Slots(30, 16, 3, 64, torch.empty(0, dtype=torch.bfloat16), 2048)
    kept = torch.ones(30, 2, 3, 100, 64, dtype=torch.bfloat16)
    for slot in (0, 9):
        slots.append(slot, kept)
    assert slots.values.nbytes > 350 << 20
    assert resident() - before < 40 << 20


def test_untouched_memory_is_zeros_of_the_type_asked_for() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        found = untouched(torch.empty(0, dtype=dtype), (3, 5, 7))
        assert found.dtype == dtype
        assert found.shape == (3, 5, 7)
        assert not found.any()


def test_what_is_read_from_a_place_is_what_was_put_there() -> None:
    slots = Slots(2, 3, 1, 4, torch.empty(0), 4096)
    kept = torch.arange(2 * 2 * 1500 * 4, dtype=torch.float32).view(2, 2, 1, 1500, 4)
    slots.append(1, kept[:, :, :, :1000])
    slots.append(1, kept[:, :, :, 1000:])  # grows
    assert torch.equal(slots.read(1, 0, 1500), kept)
    keys, values = slots.views(1, 1, 1500)
    assert torch.equal(keys[1][0], kept[1, 0])
    assert torch.equal(values[0][0], kept[0, 1])


def test_a_place_that_grew_while_a_step_was_computed_can_be_added_to_between_steps() -> None:
    """A long conversation makes all places grow; whoever asks next gets the beginning that is known copied into one of them."""
    slots = Slots(1, 2, 1, 4, torch.empty(0), 4096)
    with torch.inference_mode():
        slots.reserve(2000)
    slots.append(1, torch.ones(1, 2, 1, 3, 4))
    assert slots.lengths == [0, 3]
    assert slots.values[:, :, 1, :, :3].sum() == 24
