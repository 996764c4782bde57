import json
from pathlib import Path

import pytest
import torch

from chatbot.engines.head import ScreenedHead
from chatbot.engines.linear import MAKERS, FormName, Matrix, four_bit_error, four_bits, usable
from chatbot.engines.packed import PackedMatrices
from chatbot.engines.precision import ROWS, Plan, candidates, choose, make_plan, measure, second_candidates
from chatbot.errors import EngineUnavailable

CPU = torch.device("cpu")
SIZES = {"qkv": (96, 64), "down": (64, 128)}


def times(**first_and_many: tuple[float, float]) -> dict[FormName, dict[int, float]]:
    """Seconds for one row and, from 32 rows on, for many."""
    return {name: {rows: one if rows < 32 else many for rows in ROWS} for name, (one, many) in first_and_many.items()}  # type: ignore[misc]


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("rows", [1, 9, 150])
def test_every_form_multiplies(name: FormName, rows: int) -> None:
    torch.manual_seed(3)
    weight, asked = torch.randn(64, 96), torch.randn(rows, 96)
    if not usable(name):
        pytest.skip(f"this torch has no operator for {name} here")
    found = MAKERS[name](weight)(asked).float()
    right = asked @ weight.T
    assert (found - right).norm() / right.norm() < {"int4": 0.15, "unpacked": 0.15}.get(name, 0.03)


def test_weights_that_were_in_four_bits_lose_nothing_by_them_and_others_do() -> None:
    torch.manual_seed(3)
    weight = torch.randn(32, 64)
    levels, step, low = four_bits(weight)
    again = (levels * step[..., None] + low[..., None]).view_as(weight)
    assert four_bit_error(weight) > 0.05
    assert four_bit_error(again.bfloat16()) < 0.01
    assert levels.min() >= 0 and levels.max() == 15


@pytest.mark.parametrize("name", ["int4", "unpacked"])
def test_both_forms_of_four_bits_hold_the_same_numbers(name: FormName) -> None:
    torch.manual_seed(3)
    weight = torch.randn(64, 96)
    levels, step, low = four_bits(weight)
    held = (levels * step[..., None] + low[..., None]).view_as(weight)
    found = MAKERS[name](weight)(torch.eye(96)).float().T
    assert (found - held).norm() / held.norm() < 0.004


def test_a_matrix_that_four_bits_do_not_fit_is_kept_in_sixteen() -> None:
    odd = torch.randn(30, 50)
    assert four_bit_error(odd) == 1.0
    for plan in (Plan("int4"), Plan("int4", "unpacked", 0)):
        found = plan.matrix("odd", lambda: odd, PackedMatrices())(torch.ones(1, 50))
        assert (found.float() - odd.sum(1)).abs().max() < 0.2


def test_the_head_that_screens_ranks_as_an_exact_product_does() -> None:
    torch.manual_seed(3)
    words, asked = torch.randn(5000, 64), torch.randn(50, 64)
    exact = asked @ words.T
    found = ScreenedHead(MAKERS["int4"](words[:4992]), words[:4992])(asked)
    assert (found.argmax(-1) == exact[:, :4992].argmax(-1)).all()
    assert torch.allclose(found.max(-1).values, exact[:, :4992].max(-1).values, atol=1e-4)


def test_a_second_form_takes_over_where_there_are_many_rows() -> None:
    used: list[str] = []
    matrix = Matrix(lambda rows: used.append("few") or rows, 8, lambda rows: used.append("many") or rows)  # type: ignore[func-returns-value]
    matrix(torch.ones(8, 2))
    matrix(torch.ones(9, 2))
    assert used == ["few", "many"]


def test_auto_takes_four_bits_only_where_they_lose_nothing() -> None:
    assert "int4" in candidates("auto", four_bits=True)
    assert "int4" not in candidates("auto", four_bits=False)


def test_where_all_seem_alike_because_the_machine_was_busy_the_lightest_is_kept() -> None:
    assert choose(["int4", "bf16", "fp16", "fp32"], [], times(int4=(1.1, 1), bf16=(1, 1), fp16=(1, 1), fp32=(0.9, 1))) == Plan("int4")


def test_the_form_that_is_fastest_for_one_row_is_kept() -> None:
    assert choose(["int4", "fp16", "fp32"], [], times(int4=(1, 9), fp16=(2, 2), fp32=(3, 3))) == Plan("int4")
    assert choose(["int8", "fp16", "fp32"], [], times(int8=(3, 9), fp16=(2, 2), fp32=(1.9, 3))) == Plan("fp16")


def test_thirty_two_bits_must_be_clearly_faster_to_be_worth_their_memory() -> None:
    assert choose(["bf16", "fp32"], [], times(bf16=(4, 4), fp32=(1, 1))) == Plan("fp32")


def test_a_second_form_is_kept_only_where_it_is_worth_its_memory() -> None:
    assert choose(["int4"], ["bf16"], times(int4=(1, 4), bf16=(3, 3))) == Plan("int4")
    assert choose(["int4"], ["bf16"], times(int4=(1, 8), bf16=(3, 3))) == Plan("int4", "bf16", 16)
    assert choose(["int4"], ["bf16", "unpacked"], times(int4=(1, 4), bf16=(3, 3), unpacked=(5, 3))) == Plan("int4", "unpacked", 16)


def test_four_bits_are_unpacked_only_beside_four_bits() -> None:
    assert "unpacked" in second_candidates(["int4", "bf16"])
    assert second_candidates(["int8", "bf16"]) == ["bf16"]
    assert second_candidates(["bf16", "fp32"]) == []


def test_every_matrix_is_multiplied_in_one_way_up_to_few_rows() -> None:
    assert Plan("int4").few == 64
    assert Plan("int4", "unpacked", 32).few == 32
    assert Plan("int4", "bf16", 0).few == 1


@pytest.mark.slow
def test_a_measurement_is_made_once_and_remembered(tmp_path: Path) -> None:
    plan = make_plan("auto", True, SIZES, CPU, tmp_path)
    (file,) = tmp_path.glob("multiplying-*.json")
    kept = json.loads(file.read_text())
    assert set(kept["seconds"]["fp32"]) == {str(rows) for rows in ROWS}
    for form in kept["seconds"]:
        kept["seconds"][form] = dict.fromkeys(kept["seconds"][form], 1.0 if form != "fp32" else 1e-09)
    file.write_text(json.dumps(kept))
    assert make_plan("auto", True, SIZES, CPU, tmp_path) == Plan("fp32")
    file.write_text("not JSON")
    assert isinstance(make_plan("auto", True, SIZES, CPU, tmp_path), type(plan))


def test_a_measurement_has_seconds_for_every_form_and_number_of_rows() -> None:
    found = measure(["fp32", "bf16"], SIZES, seconds=0.05)
    assert all(found[form][rows] > 0 for form in ("fp32", "bf16") for rows in ROWS)  # type: ignore[index]


def test_a_precision_without_an_operator_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAKERS, "int4", broken)
    with pytest.raises(EngineUnavailable, match="precision=int4: this torch or this processor has no operator for it"):
        make_plan("int4", True, SIZES, CPU, None)


def broken(weight: torch.Tensor) -> object:
    raise NotImplementedError("no such operator")
