"""FAQ and policies: Markdown in two languages, nested headings, lists, tables, loose questions, front matter and question tables."""

from __future__ import annotations

from pathlib import Path

from tests.shop_files import read_text, told


def test_a_faq_has_an_entry_for_each_question(tmp_path: Path) -> None:
    text = "# Help\n\n## How long is delivery?\n\nThree to five\nworking days.\n\n## Can I pay by card?\n\nYes.\n"
    imported = read_text(tmp_path, "help.md", text)
    assert imported.problems == ()
    assert [(d.id, d.kind, d.title, d.text, d.language, d.source.line) for d in imported.documents] == [
        ("faq:how-long-is-delivery", "faq", "How long is delivery?", "Three to five working days.", "en", 3),
        ("faq:can-i-pay-by-card", "faq", "Can I pay by card?", "Yes.", "en", 8),
    ]


def test_a_chinese_faq_keeps_its_sentences_unbroken(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "faq.zh.md", "# 常见问题\n\n## 多久发货？\n\n付款后两天内发货，\n节假日顺延。\n", language="zh")
    assert [(d.id, d.text, d.language) for d in imported.documents] == [("faq:多久发货", "付款后两天内发货，节假日顺延。", "zh")]


def test_a_policy_section_carries_the_titles_above_it(tmp_path: Path) -> None:
    text = "# Returns\n\nWe take things back.\n\n## Within the EU\n\n### Clothing\n\n30 days.\n\n## Elsewhere\n\n14 days.\n"
    imported = read_text(tmp_path, "policies/returns.md", text)
    assert [(d.id, d.kind, d.title, d.text) for d in imported.documents] == [
        ("policy:returns/returns", "policy", "Returns", "We take things back."),
        ("policy:returns/clothing", "policy", "Returns – Within the EU – Clothing", "30 days."),
        ("policy:returns/elsewhere", "policy", "Returns – Elsewhere", "14 days."),
    ]


def test_lists_tables_links_and_marks_become_plain_lines(tmp_path: Path) -> None:
    text = (
        "# Shipping\n\nWe ship **fast** with [Dale Post](https://post.example/x) and `boxes`:\n\n* one parcel\n* two parcels\n\n"
        "| Country | Price |\n|---|---:|\n| France | 5 EUR |\n| Spain | 7 EUR |\n"
    )
    (document,) = read_text(tmp_path, "shipping.md", text).documents
    assert document.text == (
        "We ship fast with Dale Post (https://post.example/x) and boxes:\n- one parcel\n- two parcels\n"
        "- Country: France, Price: 5 EUR\n- Country: Spain, Price: 7 EUR"
    )


def test_loose_questions_in_a_text_file(tmp_path: Path) -> None:
    text = "Q: How long is delivery\nA: Three days.\n\nQ: Do you ship abroad?\nA: Yes, to the EU.\nNot to islands.\n"
    imported = read_text(tmp_path, "faq.txt", text)
    assert [(d.title, d.text, d.source.line) for d in imported.documents] == [
        ("How long is delivery", "Three days.", 1),
        ("Do you ship abroad?", "Yes, to the EU. Not to islands.", 4),
    ]
    chinese = read_text(tmp_path, "问答.txt", "问：多久发货\n答：两天内。\n问：可以退货吗？\n答：可以。\n")
    assert [(d.title, d.text) for d in chinese.documents] == [("多久发货", "两天内。"), ("可以退货吗？", "可以。")]


def test_bold_questions_under_one_heading_are_entries_of_their_own(tmp_path: Path) -> None:
    text = "# FAQ\n\n**Do you ship?**\nYes.\n\n**Can I pay by card?**\n\nA: Of course. What else?\n"
    documents = read_text(tmp_path, "faq.md", text).documents
    assert [(d.kind, d.title, d.text) for d in documents] == [
        ("faq", "Do you ship?", "Yes."),
        ("faq", "Can I pay by card?", "Of course. What else?"),
    ]


def test_underlined_titles_are_headings_and_rules_are_not(tmp_path: Path) -> None:
    text = "Returns\n=======\n\nWithin 30 days.\nKeep the box.\n\n---\n\nRefunds\n-------\n\nIn 5 days.\n"
    documents = read_text(tmp_path, "returns.txt", text).documents
    assert [(d.title, d.text) for d in documents] == [("Returns", "Within 30 days. Keep the box."), ("Returns – Refunds", "In 5 days.")]


def test_front_matter_comments_and_code_are_no_headings(tmp_path: Path) -> None:
    text = "---\ntitle: Care\n---\n<!-- internal -->\n# Care\n\nWash cold.\n\n```\n# not a heading\n```\n"
    (document,) = read_text(tmp_path, "care.md", text).documents
    assert (document.title, document.source.line) == ("Care", 5)
    assert "internal" not in document.text


def test_a_table_of_questions_and_answers(tmp_path: Path) -> None:
    text = 'question,answer\nDo you ship?,"Yes, <b>worldwide</b>."\nWho pays?,\n'
    imported = read_text(tmp_path, "faq.csv", text)
    assert [(d.id, d.text, d.source.line) for d in imported.documents] == [("faq:do-you-ship", "Yes, worldwide.", 2)]
    assert told(imported.problems) == ["faq.csv:3 [answer]: expected a question and an answer, got no answer ('Who pays?')"]
    chinese = read_text(tmp_path, "faq2.csv", "问题,答案\n包邮吗？,满88元包邮。\n")
    assert [(d.title, d.text) for d in chinese.documents] == [("包邮吗？", "满88元包邮。")]


def test_a_heading_with_nothing_below_is_reported_and_a_parent_is_not(tmp_path: Path) -> None:
    imported = read_text(tmp_path, "returns.md", "# Returns\n\n## How?\n\n## Where?\n\nHere.\n")
    assert told(imported.problems) == ["returns.md:3: expected an answer or a text under the heading 'How?', got none"]
