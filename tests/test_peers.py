"""What the figures of other engines mean, and that one that is not here is told of; the engines themselves are measured, not tested."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.bench.peer_http import counted
from tests.bench.peer_install import HOME, PeerError, missing
from tests.bench.peer_rates import Written, conversation, decode_rate, figures, spread
from tests.bench.peer_servers import MODEL, Shape, command, serving
from tests.bench.peer_watch import Watch, tree
from tests.bench.peers import TITLES, measure, table


def steady(began: float, tokens: int, every: float, first: float = 1.0) -> Written:
    times = tuple(began + first + every * number for number in range(tokens))
    return Written(began, times, tuple(range(1, tokens + 1)), 500)


def test_a_rate_counts_only_what_was_written_while_all_were_written() -> None:
    assert decode_rate([steady(0, 11, 0.1)]) == pytest.approx(10.0)
    early, late = steady(0, 21, 0.1), steady(0.5, 21, 0.1)  # both write from 1.5 s to 3.0 s
    assert decode_rate([early, late]) == pytest.approx(20.0)


def test_several_tokens_of_one_event_are_all_counted() -> None:
    assert decode_rate([Written(0, (1.0, 2.0, 3.0), (1, 5, 9))]) == pytest.approx(4.0)


def test_texts_that_were_hardly_written_together_have_no_rate() -> None:
    with pytest.raises(ValueError, match="only 0 of the 22 tokens"):
        decode_rate([steady(0, 11, 0.1), steady(10, 11, 0.1)])


def test_figures_have_median_lowest_highest_and_the_rate_of_reading() -> None:
    found = figures([steady(0, 2, 0.1, first) for first in (1.0, 2.0, 5.0)], [steady(0, 2, 0.1, 0.25)], {4: [10.0, 30.0, 20.0]})
    assert found["first_cold_s"] == {"median": 2.0, "low": 1.0, "high": 5.0, "repeats": 3}
    assert found["prefill_tok_s"] == {"median": 250.0, "low": 100.0, "high": 500.0, "repeats": 3}
    assert found["first_known_s"]["median"] == 0.25
    assert found["decode_4_tok_s"] == spread([20.0, 10.0, 30.0])


def test_prompts_share_their_beginning_and_with_another_salt_nothing() -> None:
    one, other, salted = conversation(1), conversation(2), conversation(1, "7: ")
    assert one[0] == other[0] != salted[0]
    assert one[1] != other[1]


def test_both_servers_ways_of_counting_are_read() -> None:
    assert counted({"usage": {"prompt_tokens": 578, "completion_tokens": 7}}) == (7, 578)
    assert counted({"timings": {"predicted_n": 3, "prompt_n": 20, "cache_n": 558}}) == (3, 578)
    assert counted({"choices": [{"delta": {"role": "assistant"}}]}) == (0, 0)


@pytest.mark.parametrize("name", ["llamacpp", "vllm-bf16", "vllm-fp32"])
def test_a_peer_that_is_not_installed_is_reported_with_the_command_that_installs_it(
    name: str, tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(HOME, str(tmp_path))
    found = measure(name)
    assert found["missing"].endswith(f"python -m tests.bench.peers install {name.split('-')[0]}")
    assert table({name: found}).row_count == 1
    with pytest.raises(PeerError, match="not installed"), serving(name.split("-")[0]):
        pass


def test_a_folder_that_was_half_installed_does_not_count_as_installed(tmp_path: os.PathLike[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HOME, str(tmp_path))
    os.makedirs(os.path.join(tmp_path, "vllm", "bin"))
    assert "not installed" in missing("vllm")


def test_a_peer_that_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(PeerError, match=f"'ollama': expected one of {', '.join(TITLES)}"):
        measure("ollama")
    with pytest.raises(PeerError, match="'ollama': expected llamacpp or vllm"):
        command("ollama", 1, Shape())


def test_a_server_is_told_its_size() -> None:
    line = command("llamacpp", 8123, Shape(slots=3, context=700, threads=1))
    assert line[3:] == ["8123", "--name", MODEL, "--slots", "3", "--context", "700", "--threads", "1"]


@pytest.mark.slow
def test_the_memory_of_children_counts_until_they_end() -> None:
    script = "import subprocess,sys,time; subprocess.run([sys.executable,'-c','x=bytes(range(256))*400000; import time; time.sleep(1)'])"
    with subprocess.Popen([sys.executable, "-c", script]) as child, Watch(child.pid, every=0.02) as watch:
        deadline = time.monotonic() + 20
        while len(list(tree(child.pid))) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        child.wait()
    assert watch.megabytes > 100
    assert 0.0 <= watch.others <= 1.0
