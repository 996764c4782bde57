"""The pages of the fake shop: plain, under a strict policy, with hostile styles, in Chinese, with the widget in the head or twice."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response

from web.bundle import widget

WEB = Path(__file__).parents[2] / "web"
STRICT = (
    "default-src 'self'; connect-src 'self' ws:; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HOSTILE = """*,*::before,*::after{all:unset!important;color:red!important;font:italic 40px/3 fantasy!important;position:static!important;
display:block!important;letter-spacing:1em!important}
shop-chat{display:none!important;opacity:.2!important;visibility:hidden!important;transform:rotate(30deg)!important}
div,section,button,textarea{background:lime!important;border:9px solid red!important}"""
SVG = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="{back}"/>
<rect x="28" y="30" width="38" height="44" rx="7" fill="{front}"/>
<path d="M66 40c16-3 16 24 0 22" fill="none" stroke="{front}" stroke-width="6"/></svg>"""
COLOURS = [("#efe7da", "#8a5a3b"), ("#dfe9ea", "#2f6f7a"), ("#f3e3e1", "#c4584a"), ("#e7ead9", "#6d7f3c")]


def document(body: str, *, head: str = "", language: str = "en", attributes: str = "", script: str = "/web/widget.js") -> str:
    tag = f'<script type="module" src="{script}" data-site="demo" {attributes} data-name="Lowland &amp; Daughters"></script>'
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>Lowland</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">{head}'
        f'<link rel="icon" href="data:,"></head><body><main><h1>Lowland &amp; Daughters</h1>{body}</main>{tag}</body></html>'
    )


def links() -> str:
    return "".join(f'<p><a href="/page/{number}">Page {number}</a></p>' for number in range(1, 7))


def numbered(number: int) -> str:
    block = f'<script type="application/ld+json">{{"@context":"https://schema.org","@type":"Product","productID":"p-{number}","name":"Mug"}}</script>'
    return document(f"<h2>Page {number}</h2>{links()}", head=block)


PAGES: dict[str, Callable[[], str]] = {
    "/": lambda: document(links()),
    "/zh": lambda: document("<h2>山野小店</h2>", language="zh-CN", attributes='data-name="山野小店"'),
    "/strict": lambda: document(links()),
    "/hostile": lambda: document(links(), head=f"<style>{HOSTILE}</style>"),
    "/modules": lambda: document(links(), script="/modules/widget.js", attributes='data-server="/"'),
    "/twin": lambda: document(links(), attributes='data-server="/twin/"'),
    "/head": lambda: document(
        links(), head='<script type="module" async src="/web/widget.js" data-site="demo" data-name="In the head"></script>'
    ),
    "/accent": lambda: document(links(), attributes='data-accent="#f2c14e" data-position="start" data-theme="dark"'),
    "/queue": lambda: document(
        '<button data-shopchat-open data-shopchat-message="Does one mug run small?">Ask</button>',
        head="<script>window.shopchat=window.shopchat||function(){(shopchat.q=shopchat.q||[]).push(arguments)};"
        "window.heard=[];for(const name of ['ready','open','close','message','reply','handoff','error'])"
        "{shopchat('on',name,detail=>heard.push([name,detail]));document.addEventListener('shopchat:'+name,e=>heard.push(['dom:'+name,e.detail]))}"
        "shopchat('page',{productId:'p-77'});shopchat('cart',['p-1',{id:'p-2'}]);shopchat('open')</script>",
    ),
}


def pages() -> APIRouter:
    router = APIRouter()

    def page(request: Request) -> HTMLResponse:
        headers = {"Content-Security-Policy": STRICT} if request.url.path == "/strict" else {}
        return HTMLResponse(PAGES[request.url.path](), headers=headers)

    for path in PAGES:
        router.get(path)(page)

    @router.get("/page/{number}")
    def one(number: int) -> HTMLResponse:
        return HTMLResponse(numbered(number))

    @router.get("/products/{number}")
    def product(number: int) -> HTMLResponse:
        return HTMLResponse(numbered(number))

    @router.get("/web/widget.js")
    def bundled() -> Response:
        return Response(widget().text, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/modules/{name}")
    def module(name: str) -> FileResponse:
        return FileResponse(WEB / name, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/media/{number}.svg")
    def media(number: int) -> Response:
        back, front = COLOURS[number % len(COLOURS)]
        return Response(SVG.format(back=back, front=front), media_type="image/svg+xml")

    return router
