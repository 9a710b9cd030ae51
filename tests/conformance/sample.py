"""A good letter to spoil: what the self-test's mutations start from."""

import quopri
from dataclasses import dataclass, field

LEAVE = "https://news.harbour.example/u/5f0c9d8e7a6b4c3d2e1f0a9b8c7d6e5f"
PREFERENCES = "https://news.harbour.example/p/5f0c9d8e7a6b4c3d2e1f0a9b8c7d6e5f"

HEAD = [
    "From: The Harbour <news@harbour.example>",
    "To: ann@example.org",
    "Reply-To: editor@harbour.example",
    "Subject: =?utf-8?q?The_Harbour_=E2=80=93_a_crane_is_moved?=",
    "Date: Mon, 05 Jan 2026 07:00:00 +0000",
    "Message-ID: <e17.d4.8c1f2b@harbour.example>",
    "MIME-Version: 1.0",
    "Auto-Submitted: auto-generated",
    "List-Id: The Harbour <daily.harbour.example>",
    f"List-Unsubscribe: <{LEAVE}>,\r\n <mailto:leave@harbour.example>",
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
]

STYLE = (
    "<style>@media (max-width:620px){.frame{width:100% !important}}"
    "@media (prefers-color-scheme:dark){.page,.frame{background-color:#1b1e22 !important}"
    ".ink{color:#e8eaed !important}a,.link{color:#9cc4ff !important}}</style>"
)
FONT = "font-family:Georgia,'Times New Roman',serif;"
LINK = "color:#1a4f8b;text-decoration:underline;"
SMALL = f'{FONT}font-size:14px;line-height:21px;color:#4a4f57;margin:0 0 8px;'


def article(title, url, words, direction="ltr", language="en"):
    """One article as a row of the frame."""
    side = "right" if direction == "rtl" else "left"
    return (
        f'<tr><td lang="{language}" dir="{direction}" style="direction:{direction};text-align:{side};padding:16px 24px">'
        f'<h2 class="ink" style="{FONT}font-size:20px;line-height:28px;margin:0 0 8px;color:#22262b">'
        f'<a class="link" href="{url}" style="{LINK}">{title}</a></h2>'
        f'<p class="ink" style="{FONT}font-size:16px;line-height:24px;margin:0;color:#22262b">{words}</p></td></tr>'
    )


ARTICLES = [
    article("The old crane moves to the museum", "https://harbour.example/crane?a=1&amp;b=2",
            "After ninety years on the quay the steam crane was lifted onto a barge on Sunday; two hundred people "
            "came to see it go, and the harbour band played until the rain began. The museum will open its new hall "
            "in spring, with the crane in the middle and its log books beside it."),
    article("חדשות מן הנמל", "https://harbour.example/he/namal", "המנוף הישן עבר אל המוזיאון ביום ראשון בבוקר.", "rtl", "he"),
    article("Ferry times change in February", "https://harbour.example/ferry",
            "The first ferry (\u2068המעבורת הראשונה של היום מן הרציף הישן שבנמל, בשש ועשרה בבוקר, והשנייה בשבע\u2069) leaves at ten past six, and on Saturdays there is one more at midnight."),
]  # fmt: skip

HTML = (
    '<!DOCTYPE html><html lang="en" dir="ltr"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
    f"<title>The Harbour – a crane is moved</title>{STYLE}</head>"
    '<body class="page" style="margin:0;background-color:#f2f0ec">'
    '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">The old crane moves to the museum</div>'
    '<div class="page" lang="en" dir="ltr" style="direction:ltr;text-align:left;background-color:#f2f0ec">'
    "<!--[if mso]><table role=\"presentation\" width=\"600\" align=\"center\"><tr><td><![endif]-->"
    '<table class="frame" role="presentation" align="center" width="600" cellpadding="0" cellspacing="0" border="0" '
    'style="width:100%;max-width:600px;background-color:#fdfdfb"><tbody>'
    '<tr><td style="padding:24px">'
    f'<h1 class="ink" style="{FONT}font-size:28px;line-height:36px;margin:0;color:#22262b">The Harbour</h1>'
    f'<p class="ink" style="{SMALL}">Monday, 5 January 2026. You can '
    f'<a class="link" href="{LEAVE}" style="{LINK}">unsubscribe</a> at any time.</p>'
    '<img src="https://harbour.example/crane.jpg" alt="A steam crane over the water" width="552" height="310" '
    'style="width:100%;height:auto;max-width:552px;border:0"></td></tr>'
    + "".join(ARTICLES)
    + '<tr><td style="padding:24px">'
    f'<p class="ink" style="{SMALL}">You get this letter because you subscribed to The Harbour.</p>'
    f'<p class="ink" style="{SMALL}">The Harbour Press, Quay 7, 20457 Hamburg</p>'
    f'<p class="ink" style="{SMALL}"><a class="link" href="{LEAVE}" style="{LINK}">Unsubscribe</a> or '
    f'<a class="link" href="{PREFERENCES}" style="{LINK}">change what you get</a></p></td></tr>'
    "</tbody></table><!--[if mso]></td></tr></table><![endif]--></div></body></html>"
)

TEXT = f"""THE HARBOUR
Monday, 5 January 2026. You can unsubscribe at any time:
{LEAVE}

The old crane moves to the museum
https://harbour.example/crane?a=1&b=2

After ninety years on the quay the steam crane was lifted onto a barge on
Sunday; two hundred people came to see it go, and the harbour band played
until the rain began. The museum will open its new hall in spring, with the
crane in the middle and its log books beside it.

חדשות מן הנמל
https://harbour.example/he/namal

המנוף הישן עבר אל המוזיאון ביום ראשון בבוקר.

Ferry times change in February
https://harbour.example/ferry

The first ferry (המעבורת הראשונה של היום מן הרציף הישן שבנמל, בשש ועשרה
בבוקר, והשנייה בשבע) leaves at ten past six, and on Saturdays there is one
more at midnight.

You get this letter because you subscribed to The Harbour.
The Harbour Press, Quay 7, 20457 Hamburg

Unsubscribe:
{LEAVE}
Change what you get:
{PREFERENCES}
"""


@dataclass
class Sample:
    """What a letter is made of; a mutation changes one thing."""

    head: list = field(default_factory=lambda: list(HEAD))
    text: str = TEXT
    html: str = HTML
    kind: str = "multipart/alternative"
    boundary: str = "=_harbour-5f0c9d8e"

    def field(self, name, value):
        """Replaces a header field, or drops it if the value is None."""
        self.head = [f for f in self.head if not f.startswith(name + ":")]
        if value is not None:
            self.head.append(f"{name}: {value}")

    def html_swap(self, old, new, count=-1):
        assert old in self.html, old
        self.html = self.html.replace(old, new, count)

    def text_swap(self, old, new):
        assert old in self.text, old
        self.text = self.text.replace(old, new)

    def bytes(self):
        """Returns the letter with CRLF line ends."""
        lines = [*self.head, f'Content-Type: {self.kind};\r\n boundary="{self.boundary}"', ""]
        for kind, body in (("text/plain", self.text), ("text/html", self.html)):
            encoded = quopri.encodestring(body.encode("utf-8", "surrogatepass")).decode("ascii").replace("\n", "\r\n")
            lines += [f"--{self.boundary}", f"Content-Type: {kind}; charset=utf-8",
                      "Content-Transfer-Encoding: quoted-printable", "", encoded.removesuffix("\r\n")]  # fmt: skip
        return "\r\n".join([*lines, f"--{self.boundary}--", ""]).encode("ascii")
