"""`chatbot recommend`: what goes with a product, a cart or a wish, each with its reason; and `chatbot recommend fit`, which learns.

Knows terminals; what is recommended is decided in `recommend`. Exit codes: 0 done, 1 nothing to recommend, 2 a file of orders, a product or
the settings cannot be used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chatbot.errors import SettingsError
from chatbot.models_cli import progress_display
from chatbot.recommend.arrivals import Arrivals
from chatbot.recommend.learning import Fit, fit_files
from chatbot.recommend.recommender import Recommendation, Recommender, Wish
from chatbot.recommend_page import NAMES, weighing, write_page
from chatbot.settings import Settings
from knowledge_base.money import format_money

recommend_app = typer.Typer(invoke_without_command=True, help="Say what goes with a product, a cart or a wish, and learn it from orders.")
FOLDER, ORDERS, PAGE = "recommend", "orders.csv", "recommend.html"
_TOLD = 10
Content = Annotated[Path | None, typer.Option(help="Folder with the shop's files; the sample shop when not given.")]


@recommend_app.callback()
def recommend(
    context: typer.Context,
    product: Annotated[str, typer.Option(help="The product that is looked at: id, SKU or title.")] = "",
    history: Annotated[str, typer.Option(help="What was bought before, oldest first, separated by commas.")] = "",
    cart: Annotated[str, typer.Option(help="What lies in the cart, separated by commas.")] = "",
    interests: Annotated[str, typer.Option(help="What the shopper likes, in words.")] = "",
    limit: Annotated[int, typer.Option(help="How many products at most.", min=1, max=50)] = 6,
    want: Annotated[str, typer.Option(help="any, similar or goes_with.")] = "any",
    language: Annotated[str, typer.Option(help="Language of titles and reasons; the shop's first when not given.")] = "",
    content: Content = None,
) -> None:
    """Recommend products, each with its reason."""
    if context.invoked_subcommand is not None:
        return
    if want not in ("any", "similar", "goes_with"):
        raise SettingsError(f"--want: expected any, similar or goes_with, got {want!r}")
    wish = Wish(_ids(history), _ids(cart), product.strip(), interests, limit, language, want)  # type: ignore[arg-type]
    settings = _settings(content)
    knowledge = _knowledge(settings)
    try:
        recommender = Recommender(knowledge, settings.data / FOLDER, settings.content)
        if unknown := recommender.unknown(wish):
            raise SettingsError(f"expected products of the shop, got {', '.join(unknown)}, which the catalogue does not have")
        found = recommender.recommend(wish)
        if recommender.trouble:
            Console(stderr=True).print(f"done without: {recommender.trouble}", style="yellow", markup=False, highlight=False)
    finally:
        knowledge.close()
    if not found:
        typer.echo("nothing to recommend: no product that is in stock comes into question")
        raise typer.Exit(1)
    Console().print(_table(found, language))


@recommend_app.command()
def fit(
    orders: Annotated[
        list[Path] | None, typer.Option(help="File of orders: this program's own, Shopify's or WooCommerce's export.")
    ] = None,
    content: Content = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what was learned before.")] = False,
    page: Annotated[
        Path | None, typer.Option(help="Where the page with the figures is written; in the data folder when not given.")
    ] = None,
) -> None:
    """Learn from orders, those that arrived over HTTP included. The same growing file refreshes what was learned before."""
    settings, console = _settings(content), Console(stderr=True)
    own = settings.content / ORDERS
    files = orders or ([own] if own.is_file() or not Arrivals(settings.data / FOLDER).last() else [])
    knowledge = _knowledge(settings)
    try:
        with progress_display("Recommendations", console) as told:
            done = fit_files(knowledge, files, settings.data / FOLDER, told, fresh=fresh)
        shop = knowledge.profile.name or "this shop"
    finally:
        knowledge.close()
    for problem in done.problems[:_TOLD]:
        console.print(f"not used: {problem}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if len(done.problems) > _TOLD or done.unknown:
        text = f"{len(done.problems)} problems; {done.unknown} of {done.lines} lines name no product of the shop"
        console.print(text, style="yellow", highlight=False)
    where = page or settings.data / PAGE
    write_page(where, shop, done.fitted.report, tuple(map(str, done.problems)))
    _print(done, where)


def _print(done: Fit, page: Path) -> None:
    console, report = Console(), done.fitted.report
    how = "learned anew" if done.anew else "refreshed"
    console.print(
        f"{done.fresh} new orders, {how}: {report['orders']} orders of {report['shoppers']} shoppers, {report['products']} products"
    )
    console.print(weighing(report), highlight=False)
    if held := report.get("held_out"):
        table = Table("on held-out orders", "HR@10", "NDCG@10", "orders")
        for name, figures in held.items():
            shown = f"{NAMES.get(name, name)}{' (in use)' if name == report.get('ranker') else ''}"
            table.add_row(shown, f"{figures['hr_10']:.3f}", f"{figures['ndcg_10']:.3f}", str(figures["orders"]))
        console.print(table)
    console.print(f"Written: {page}", markup=False, highlight=False)


def _table(found: list[Recommendation], language: str) -> Table:
    table = Table("product", "price", "why", "weighs most", box=None, pad_edge=False)
    for one in found:
        prices = [variant.price for variant in one.product.variants if variant.price is not None]
        price = format_money(min(prices, key=lambda price: price.amount), language or "en") if prices else ""
        top = sorted(one.shares.items(), key=lambda share: -share[1])[:2]
        shares = ", ".join(f"{name} {100 * share:.0f}%" for name, share in top)
        table.add_row(f"{one.product.title}\n[dim]{one.product.id}[/dim]", price, one.reason, shares)
    return table


def _ids(text: str) -> tuple[str, ...]:
    return tuple(name for part in text.replace("，", ",").split(",") if (name := part.strip()))


def _settings(content: Path | None) -> Settings:
    given: dict[str, Any] = {"content": content} if content is not None else {}
    return Settings(**given)


def _knowledge(settings: Settings) -> Any:
    from chatbot.server.opening import open_knowledge

    return open_knowledge(settings)
