"""A page that stands by itself: no script, nothing from elsewhere, for screens, paper and readers aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.svg import text_of
from dqmtui.export.svg_frame import PLOT_CSS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load for the page: nothing but what is in it."""

PAGE_CSS = """
:root{color-scheme:light dark;--page:#f6f8fa;--card:#fff;--text:#1b1f24;--quiet:#59636e;--edge:#d0d7de;
--link:#0a58ca;--bad-back:#ffebe9;--bad-edge:#b3261e}
@media(prefers-color-scheme:dark){:root{--page:#010409;--card:#0d1117;--text:#e6edf3;--quiet:#9da7b3;
--edge:#30363d;--link:#79c0ff;--bad-back:#3d1513;--bad-edge:#ff7b72}}
*{box-sizing:border-box}html{scroll-behavior:smooth}
body{margin:0 auto;max-width:1180px;padding:24px;background:var(--page);color:var(--text);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
h1{font-size:26px;margin:0 0 4px}h2{font-size:21px;margin:36px 0 10px}
h3{font-size:16px;margin:0 0 2px;overflow-wrap:anywhere}
h4{font-size:14px;margin:0 0 6px}a{color:var(--link)}code{font-size:12px;overflow-wrap:anywhere}
.soft,code,dt,th,figcaption{color:var(--quiet)}.soft{font-size:13px;margin:4px 0}
.card{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:16px 18px;margin:14px 0}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(250px,1fr));gap:6px 22px;margin:0}
dl div{min-width:0}dt{font-size:12px}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:14px}
th,td{text-align:left;padding:5px 12px 5px 0;border-bottom:1px solid var(--edge);vertical-align:top}
th{font-weight:500;font-size:12px}td.n{text-align:right;white-space:nowrap}td.pre{white-space:pre-wrap}
tr:last-child td{border-bottom:0}.wide{overflow-x:auto}
.v{font-weight:600}.v.bad,.v.standby,.v.excluded{color:var(--bad-edge)}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,480px),1fr));gap:12px}
svg.p,img{display:block;width:100%;height:auto}figure{margin:0}
.figure{display:grid;width:max-content}.figure figure{min-width:0;min-height:0}
.figure figcaption{height:var(--title);line-height:var(--title);overflow:hidden;text-overflow:ellipsis;
white-space:nowrap;font-size:min(13px,var(--title));text-align:center;color:inherit}
.figure svg.p{height:calc(100% - var(--title))}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(104px,1fr));gap:6px;margin-top:8px}
.tiles a{display:block;border:1px solid var(--edge);border-radius:4px;padding:3px;text-decoration:none;
color:inherit;min-width:0;scroll-margin:80px}.tiles b{font-weight:400;font-size:11px;color:var(--quiet)}
.tiles svg,.tiles img{height:56px;image-rendering:pixelated}.tiles svg .r0{stroke-width:1}
.tiles a.bad{background:var(--bad-back);border:2px solid var(--bad-edge)}
.tiles a:target{grid-column:1/-1;outline:2px solid var(--link)}
.tiles a:target svg,.tiles a:target img{height:320px}.tiles a:target b{font-size:15px;color:inherit}
.shared{position:absolute;width:0!important;height:0!important}
summary{cursor:pointer;margin-top:14px}nav a{margin-right:14px;white-space:nowrap}
footer{margin-top:40px;color:var(--quiet);font-size:12px}
@media print{:root{--page:#fff;--card:#fff;--text:#000;--quiet:#333;--edge:#bbb;--bad-back:#fff;
--bad-edge:#b3261e}body{max-width:none;padding:0;font-size:11pt}.card,figure,tr,.tiles a{break-inside:avoid}
.noprint,nav{display:none}.tiles{grid-template-columns:repeat(8,1fr)}h2{break-after:avoid}}
"""


def page(title: str, body: str) -> str:
    """Give a whole page; `body` is HTML, `title` anybody's words."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="generator" content="dqmtui">'
        f"<title>{text_of(title)}</title><style>{PAGE_CSS}{PLOT_CSS}</style></head>\n"
        f"<body>{body}</body></html>\n"
    )


def pairs_html(pairs: Iterable[tuple[str, str]]) -> str:
    """Write names and values."""
    rows = "".join(f"<div><dt>{text_of(name)}</dt><dd>{text_of(value)}</dd></div>" for name, value in pairs)
    return f"<dl>{rows}</dl>" if rows else ""


def table_html(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str) -> str:
    """Write a table whose cells are HTML, the heads words; `caption` says aloud what it is."""
    heads = "".join(f'<th scope="col">{text_of(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(row)}</tr>\n" for row in rows)
    label = text_of(caption)
    return f'<div class="wide"><table aria-label="{label}"><tr>{heads}</tr>\n{body}</table></div>'


def cell(words: str, kind: str = "") -> str:
    """Write a cell with anybody's words."""
    named = f' class="{kind}"' if kind else ""
    return f"<td{named}>{text_of(words)}</td>"
