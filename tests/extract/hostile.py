"""Pages made to cost time or memory: huge, deep, endless, or nothing at all."""

import random
from collections.abc import Collection

SENTENCE = "The ferry sailed at dawn with forty passengers and two dogs on board, and nobody was late. "
HEAD = "<title>Ferry sails at dawn</title><h1>Ferry sails at dawn</h1>"
LINKED = '<li>The lamp of the lighthouse is lit again. <a href="/lamp">More</a></li>'
NOTICE = "<p>This page is archived and no longer updated. Visit <a href=https://b.example/>b.example</a>.</p>"
PERSIAN = "کشتی سپیده\u200cدم رفت. "


def hostile_pages(scale: float = 1.0, *, only: Collection[str] = ()) -> dict[str, bytes]:
    """By what is wrong with them, or those named `only`. `scale` 1: 5 MB, 100,000 elements, 5,000 deep."""

    def n(times: int) -> int:
        return max(2, int(times * scale))

    article = f"<p>{SENTENCE}</p>"
    linked_data = '<script type="application/ld+json">'
    pages = {
        "5 MB of paragraphs": lambda: f"{HEAD}<article>{article * n(50_000)}</article>",
        "100,000 short paragraphs": lambda: HEAD + "<p>word and word.</p>" * n(100_000),
        "100,000 nested pieces": lambda: (
            HEAD + '<div><span><a href="/x">go</a></span><i>x</i></div>' * n(25_000)
        ),
        "5,000 divs deep": lambda: HEAD + "<div>" * n(5_000) + article * 20 + "</div>" * n(5_000),
        "5,000 spans deep": lambda: f"{HEAD}<article>{'<span>' * n(5_000)}{article * 50}",
        "5,000 unclosed fonts": lambda: HEAD + f"<font>{SENTENCE}<br>" * n(5_000),
        "5,000 lists deep": lambda: HEAD + "<ul><li>" * n(2_500) + SENTENCE,
        "5,000 tables deep": lambda: HEAD + "<table><tr><td>" * n(1_700) + article * 9,
        "100,000 unclosed bolds": lambda: HEAD + "<b>" * n(100_000) + article * 50,
        "60,000 paragraphs 200 deep": lambda: HEAD + "<div>" * 200 + "<p>x.</p>" * n(60_000),
        "15,000 paragraphs 240 deep": lambda: HEAD + "<div>" * 240 + f"<p>{SENTENCE}</p>" * n(15_000),
        "50,000 briefs": lambda: f"{HEAD}<ul>{LINKED * n(50_000)}</ul>",
        "50,000 links in a line": lambda: HEAD + "<p>" + '<a href="/x">More</a> ' * n(50_000),
        "20,000 nested links": lambda: HEAD + '<a href="/x"><b>More</b>' * n(20_000),
        "10,000 headed lists": lambda: HEAD + f"<h3>In brief</h3><ul>{LINKED}</ul>" * n(10_000),
        "50,000 headings": lambda: HEAD + "<h2>In brief</h2>" * n(50_000),
        "300 sections of 100 briefs": lambda: (
            HEAD + f"<section><h2>In brief</h2>{LINKED * 100}</section>" * n(300)
        ),
        "30,000 notices": lambda: HEAD + NOTICE * n(30_000),
        "30,000 credit lines": lambda: HEAD + "<p>With reporting by Mina Vale in Port.</p>" * n(30_000),
        "30,000 bylines": lambda: HEAD + '<p class="byline">By Mina Vale</p>' * n(30_000),
        "30,000 dates": lambda: HEAD + "<p>2 March 2020, 12:30</p>" * n(30_000),
        "50,000 times": lambda: f"{HEAD}<article>{'<time datetime=x>2 Mai</time>' * n(50_000)}",
        "50,000 meta elements": lambda: '<meta name="date" content="2 Mai">' * n(50_000) + HEAD,
        "30,000 captions": lambda: (
            HEAD + '<div class="caption"><i class="caption">At sea</i></div>' * n(30_000)
        ),
        "50,000 hidden parts": lambda: HEAD + '<div style="display:none">at sea</div>' * n(50_000),
        "240 hidden shells": lambda: HEAD + "<div hidden>" * 240 + SENTENCE * n(40_000),
        "50,000 pictures": lambda: f"{HEAD}<article>{'<img src=/a.jpg width=10 alt=x>' * n(50_000)}",
        "a picture in 400,000 sizes": lambda: f"{HEAD}<article><img srcset='{'a.jpg 1x, ' * n(400_000)}'>",
        "50,000 breaks": lambda: f"{HEAD}<p>{'The ferry sailed. <br>' * n(50_000)}",
        "50,000 double breaks": lambda: f"{HEAD}<div>{'The ferry sailed. <br><br>' * n(50_000)}",
        "20,000 table rows": lambda: f"{HEAD}<table>{'<tr><td>a<td>b<td>c</tr>' * n(20_000)}",
        "30,000 forms": lambda: HEAD + "<form><input><select><option>x</select></form>" * n(30_000),
        "one paragraph of 5 MB": lambda: f"{HEAD}<p>{SENTENCE * n(50_000)}",
        "one attribute of 5 MB": lambda: f"{HEAD}<p title='{'x ' * n(2_500_000)}'>{SENTENCE}",
        "one word of 5 MB": lambda: f"{HEAD}<p>{'a' * n(5_000_000)}",
        "5 MB of digits": lambda: f"{HEAD}<p>{'1' * n(5_000_000)}",
        "5 MB of blanks": lambda: f"{HEAD}<p>{' ' * n(5_000_000)}x",
        "5 MB of dots": lambda: f"{HEAD}<p>{'.' * n(5_000_000)}",
        "5 MB of times of day": lambda: f"{HEAD}<p>{'12:12:12 ' * n(500_000)}",
        "5 MB of Japanese": lambda: f"{HEAD}<p>{'港口の船' * n(400_000)}",
        "5 MB of Persian": lambda: f"{HEAD}<p>{PERSIAN * n(140_000)}",
        "5 MB of unclosed tags": lambda: HEAD + "<a " * n(1_700_000),
        "5 MB of unclosed comments": lambda: HEAD + "<!-- " * n(1_000_000),
        "5 MB of brackets": lambda: "<" * n(5_000_000),
        "5 MB of references": lambda: f"{HEAD}<p>{'&#65 ' * n(1_000_000)}",
        "5 MB of unknown references": lambda: f"{HEAD}<p>{'&bogus;' * n(700_000)}",
        "5 MB of script": lambda: f"{HEAD}<script>{'var x=1;' * n(600_000)}</script>{article * 5}",
        "a script without an end": lambda: f"{HEAD}<script>{'var x=1;' * n(600_000)}",
        "a picture within the page": lambda: (
            f"{HEAD}<img src='data:image/png;base64,{'A' * n(5_000_000)}'>{article * 5}"
        ),
        "100,000 strokes": lambda: f"{HEAD}<svg>{'<path d=M0/>' * n(100_000)}</svg>{article * 5}",
        "5 MB of linked data": lambda: (
            f'{HEAD}{linked_data}{{"@type":"NewsArticle","articleBody":"'
            f'{SENTENCE * n(50_000)}"}}</script>{article * 5}'
        ),
        "nested linked data": lambda: f"{HEAD}{linked_data}{'[' * n(100_000)}</script><p>x",
        "200,000 nodes of linked data": lambda: f"{HEAD}{linked_data}[{'{},' * n(200_000)}{{}}]</script><p>x",
        "2,500,000 lines of text": lambda: "x\n" * n(2_500_000),
        "2,500,000 empty lines": lambda: "\n\n" * n(1_250_000) + "x",
        "5 MB of addresses": lambda: "https://a.example/x.y " * n(230_000),
        "5 MB of sentences": lambda: SENTENCE * n(50_000),
    }
    noise = random.Random(1)
    pages["5 MB of zeros"] = lambda: "\0" * n(5_000_000)
    made = {name: page().encode() for name, page in pages.items() if not only or name in only}
    return (
        made
        if only
        else made
        | {
            "5 MB of noise": noise.randbytes(n(5_000_000)),
            "5 MB of every byte": bytes(range(256)) * n(20_000),
            "4 MB of noise as UTF-16": b"\xff\xfe" + noise.randbytes(n(4_000_000)),
        }
    )
