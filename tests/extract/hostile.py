"""Pages made to cost time or memory: huge, deep, endless, or nothing at all."""

import random

SENTENCE = "The ferry sailed at dawn with forty passengers and two dogs on board, and nobody was late. "
HEAD = "<title>Ferry sails at dawn</title><h1>Ferry sails at dawn</h1>"
LINKED = '<li>The lamp of the lighthouse is lit again. <a href="/lamp">More</a></li>'
NOTICE = (
    '<p>This page is archived and no longer updated. Visit <a href="https://b.example/">b.example</a>.</p>'
)
PERSIAN = "کشتی سپیده\u200cدم رفت. "


def hostile_pages(scale: float = 1.0) -> dict[str, bytes]:
    """By what is wrong with them; `scale` 1 is 5 MB, 100,000 elements or a depth of 5,000."""

    def n(times: int) -> int:
        return max(2, int(times * scale))

    article = f"<p>{SENTENCE}</p>"
    linked_data = '<script type="application/ld+json">'
    pages = {
        "5 MB of paragraphs": f"{HEAD}<article>{article * n(50_000)}</article>",
        "100,000 short paragraphs": HEAD + "<p>word and word.</p>" * n(100_000),
        "100,000 nested pieces": HEAD + '<div><span><a href="/x">go</a></span><i>x</i></div>' * n(25_000),
        "5,000 divs deep": HEAD + "<div>" * n(5_000) + article * 20 + "</div>" * n(5_000),
        "5,000 spans deep": f"{HEAD}<article>{'<span>' * n(5_000)}{article * 50}",
        "5,000 unclosed fonts": HEAD + f"<font>{SENTENCE}<br>" * n(5_000),
        "5,000 lists deep": HEAD + "<ul><li>" * n(2_500) + SENTENCE,
        "5,000 tables deep": HEAD + "<table><tr><td>" * n(1_700) + article * 9,
        "100,000 unclosed bolds": HEAD + "<b>" * n(100_000) + article * 50,
        "60,000 paragraphs 200 deep": HEAD + "<div>" * 200 + "<p>x.</p>" * n(60_000),
        "50,000 briefs": f"{HEAD}<ul>{LINKED * n(50_000)}</ul>",
        "50,000 links in a line": HEAD + "<p>" + '<a href="/x">More</a> ' * n(50_000),
        "20,000 nested links": HEAD + '<a href="/x"><b>More</b>' * n(20_000),
        "10,000 headed lists": HEAD + f"<h3>In brief</h3><ul>{LINKED}</ul>" * n(10_000),
        "50,000 headings": HEAD + "<h2>In brief</h2>" * n(50_000),
        "300 sections of 100 briefs": HEAD + f"<section><h2>In brief</h2>{LINKED * 100}</section>" * n(300),
        "30,000 notices": HEAD + NOTICE * n(30_000),
        "30,000 credit lines": HEAD + "<p>With reporting by Mina Vale in Port.</p>" * n(30_000),
        "30,000 bylines": HEAD + '<p class="byline">By Mina Vale</p>' * n(30_000),
        "30,000 dates": HEAD + "<p>2 March 2020, 12:30</p>" * n(30_000),
        "50,000 times": f"{HEAD}<article>{'<time datetime=x>2 Mai</time>' * n(50_000)}",
        "50,000 meta elements": '<meta name="date" content="2 Mai">' * n(50_000) + HEAD,
        "30,000 captions": HEAD + '<div class="caption"><i class="caption">At sea</i></div>' * n(30_000),
        "50,000 hidden parts": HEAD + '<div style="display:none">at sea</div>' * n(50_000),
        "240 hidden shells": HEAD + "<div hidden>" * 240 + SENTENCE * n(40_000),
        "50,000 pictures": f"{HEAD}<article>{'<img src=/a.jpg width=10 alt=x>' * n(50_000)}",
        "a picture in 400,000 sizes": f"{HEAD}<article><img srcset='{'a.jpg 1x, ' * n(400_000)}'>",
        "50,000 breaks": f"{HEAD}<p>{'The ferry sailed. <br>' * n(50_000)}",
        "50,000 double breaks": f"{HEAD}<div>{'The ferry sailed. <br><br>' * n(50_000)}",
        "20,000 table rows": f"{HEAD}<table>{'<tr><td>a<td>b<td>c</tr>' * n(20_000)}",
        "30,000 forms": HEAD + "<form><input><select><option>x</select></form>" * n(30_000),
        "one paragraph of 5 MB": f"{HEAD}<p>{SENTENCE * n(50_000)}",
        "one attribute of 5 MB": f"{HEAD}<p title='{'x ' * n(2_500_000)}'>{SENTENCE}",
        "one word of 5 MB": f"{HEAD}<p>{'a' * n(5_000_000)}",
        "5 MB of digits": f"{HEAD}<p>{'1' * n(5_000_000)}",
        "5 MB of blanks": f"{HEAD}<p>{' ' * n(5_000_000)}x",
        "5 MB of dots": f"{HEAD}<p>{'.' * n(5_000_000)}",
        "5 MB of times of day": f"{HEAD}<p>{'12:12:12 ' * n(500_000)}",
        "5 MB of Japanese": f"{HEAD}<p>{'港口の船' * n(400_000)}",
        "5 MB of Persian": f"{HEAD}<p>{PERSIAN * n(140_000)}",
        "5 MB of unclosed tags": HEAD + "<a " * n(1_700_000),
        "5 MB of unclosed comments": HEAD + "<!-- " * n(1_000_000),
        "5 MB of brackets": "<" * n(5_000_000),
        "5 MB of references": f"{HEAD}<p>{'&#65 ' * n(1_000_000)}",
        "5 MB of unknown references": f"{HEAD}<p>{'&bogus;' * n(700_000)}",
        "5 MB of script": f"{HEAD}<script>{'var x=1;' * n(600_000)}</script>{article * 5}",
        "a script without an end": f"{HEAD}<script>{'var x=1;' * n(600_000)}",
        "a picture within the page": f"{HEAD}<img src='data:image/png;base64,{'A' * n(5_000_000)}'>"
        f"{article * 5}",
        "100,000 strokes": f"{HEAD}<svg>{'<path d=M0/>' * n(100_000)}</svg>{article * 5}",
        "5 MB of linked data": f'{HEAD}{linked_data}{{"@type":"NewsArticle","articleBody":"'
        f'{SENTENCE * n(50_000)}"}}</script>{article * 5}',
        "nested linked data": f"{HEAD}{linked_data}{'[' * n(100_000)}</script><p>x",
        "200,000 nodes of linked data": f"{HEAD}{linked_data}[{'{},' * n(200_000)}{{}}]</script><p>x",
        "2,500,000 lines of text": "x\n" * n(2_500_000),
        "2,500,000 empty lines": "\n\n" * n(1_250_000) + "x",
        "5 MB of addresses": "https://a.example/x.y " * n(230_000),
        "5 MB of sentences": SENTENCE * n(50_000),
    }
    noise = random.Random(1)
    return {name: page.encode() for name, page in pages.items()} | {
        "5 MB of zeros": bytes(n(5_000_000)),
        "5 MB of noise": noise.randbytes(n(5_000_000)),
        "5 MB of every byte": bytes(range(256)) * n(20_000),
        "4 MB of noise as UTF-16": b"\xff\xfe" + noise.randbytes(n(4_000_000)),
    }
