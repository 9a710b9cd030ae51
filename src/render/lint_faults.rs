//! Faults for the tests: each spoils the good mail in one place, and names the rule that must speak up.

/// Rule, what stands in the good mail, what stands there instead. `␊` is a bare line feed, `␍` a bare carriage return.
pub(super) const FAULTS: &[(&str, &str, &str)] = &[
    // The header.
    ("from-missing", "From: The Harbour <news@harbour.example>\n", ""),
    ("from-many", "<news@harbour.example>", "<news@harbour.example>, B <b@harbour.example>"),
    ("date-missing", "Date: Mon, 05 Jan 2026 07:00:00 +0000\n", ""),
    ("date-missing", "Mon, 05 Jan", "Tue, 05 Jan"),
    ("date-missing", "05 Jan", "31 Feb"),
    ("message-id-missing", "Message-ID: <e17.d4.8c1f2b@harbour.example>\n", ""),
    ("message-id-missing", "8c1f2b@harbour.example", "8c1f2b@mail"),
    ("header-twice", "To: ann", "Date: Mon, 05 Jan 2026 07:00:00 +0000\nTo: ann"),
    ("header-malformed", "To: ann", "no field here\nTo: ann"),
    ("header-8bit", "a crane is moved\nDate", "a crane is m\u{f6}ved\nDate"),
    (
        "line-long",
        "News from the quay",
        "News \
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and\
      from the quay and from the quay and from the quay and from the quay and from the quay and from the quay and",
    ),
    ("body-8bit", "THE HARBOUR", "THE H\u{c4}FEN"),
    ("line-ends-mixed", "THE HARBOUR\n", "THE HARBOUR␊"),
    ("line-ends-mixed", "THE HARBOUR\n", "THE HAR␍BOUR\n"),
    ("nul-byte", "THE HARBOUR", "THE\0HARBOUR"),
    ("mime-version-missing", "MIME-Version: 1.0\n", ""),
    ("charset-not-utf8", "text/plain; charset=utf-8", "text/plain; charset=us-ascii"),
    ("recipients-many", "To: ann@example.org", "To: ann@example.org, bob@example.org"),
    // The subject and the sender.
    ("subject-missing", "Subject: The Harbour: a crane is moved\n", ""),
    (
        "subject-long",
        "a crane is moved\nDate",
        "a crane is moved, and with it go the barge, the band, the rope and the \
      hook, the log books of ninety years, two hundred people and the rain that began on Sunday\nDate",
    ),
    ("subject-shouts", "The Harbour: a crane is moved\nDate", "THE HARBOUR CRANE IS MOVED\nDate"),
    ("subject-exclaims", "is moved\nDate", "is moved!!!\nDate"),
    ("subject-exclaims", "is moved\nDate", "is moved?!\nDate"),
    ("subject-false-answer", "Subject: The Harbour", "Subject: Re"),
    ("subject-controls", "Subject: The Harbour: a crane", "Subject: =?utf-8?q?a=E2=80=8Bcrane?="),
    ("subject-controls", "Subject: The Harbour: a crane", "Subject: =?utf-8?q?a_=E2=80=AEcrane?="),
    ("subject-unfilled", "a crane is moved\nDate", "for {{first_name}}\nDate"),
    ("sender-unnamed", "From: The Harbour <news@harbour.example>", "From: news@harbour.example"),
    ("sender-no-reply", "news@harbour.example>\nTo", "no-reply@harbour.example>\nTo"),
    // The parts.
    ("text-missing", "Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"),
    ("html-missing", "Content-Type: text/html; charset=utf-8", "Content-Type: text/plain; charset=utf-8"),
    ("text-markup", "After ninety", "<b>After</b> ninety"),
    ("text-markup", "two hundred", "two&nbsp;hundred"),
    ("text-line-long", "on\nSunday; two", "on Sunday; two"),
    ("text-links-missing", "https://harbour.example/ferry\n\nThe", "\nThe"),
    (
        "text-links-missing",
        "https://harbour.example/crane?a=1&b=2",
        "https://harbour.example/\ncrane?a=1&b=2",
    ),
    ("text-links-other", "at midnight.\n\nNews", "at midnight: https://harbour.example/old\n\nNews"),
    ("text-base64", "7bit\n\nTHE HARBOUR\n", "base64\n\nVEhFIEhBUkJPVVIgVEhFIEhBUkJPVVIgVEhFIEhBUkJPVVI=\n"),
    (
        "attachment",
        "--=_harbour--",
        "--=_harbour\nContent-Type: application/pdf\nContent-Disposition: attachment; \
      filename=\"a.pdf\"\n\nx\n--=_harbour--",
    ),
    // The way out.
    ("unsubscribe-header-missing", "List-Unsubscribe: <https://news.harbour.example/u/5f0c9d8e7a6b>\n", ""),
    ("unsubscribe-one-click", "List-Unsubscribe: <https", "List-Unsubscribe: <http"),
    ("unsubscribe-one-click", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n", ""),
    (
        "unsubscribe-link-missing",
        "<a class=\"link\" href=\"https://news.harbour.example/u/5f0c9d8e7a6b\" style=\"color:#1a4f8b\">Unsubscribe</a>",
        "Good bye",
    ),
    ("unsubscribe-text-missing", "Unsubscribe: https://news.harbour.example/u/5f0c9d8e7a6b", "Good bye"),
    (
        "postal-address-missing",
        "serif\">The Harbour Press, Quay 7, 20457 Hamburg",
        "serif\">Thank you for reading.",
    ),
    ("postal-address-not-in-text", "The Harbour Press, Quay 7, 20457 Hamburg\n\n--", "The Harbour\n\n--"),
    (
        "list-id-missing",
        "List-Id: The Harbour <daily.harbour.example>\nList-Unsubscribe: <https://news.harbour.example/u/5f0c9d8e7a6b>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\nAuto-Submitted: auto-generated\n",
        "List-Unsubscribe: <https://news.harbour.example/u/5f0c9d8e7a6b>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\n",
    ),
    // What runs.
    ("script", "</table>", "</table><script>alert(1)</script>"),
    ("event-handler", "<h1 ", "<h1 onclick=\"alert(1)\" "),
    ("form", "</table>", "</table><form action=\"https://harbour.example/\"></form>"),
    ("form", "</table>", "</table><input type=\"text\" name=\"q\">"),
    ("frame", "</table>", "</table><iframe src=\"https://harbour.example/\"></iframe>"),
    ("external-style", "</head>", "<link rel=\"stylesheet\" href=\"https://harbour.example/a.css\"></head>"),
    ("external-style", "<style>\n", "<style>\n@import url(https://harbour.example/a.css);\n"),
    ("meta-refresh", "</head>", "<meta http-equiv=\"refresh\" content=\"1\"></head>"),
    ("base-element", "</head>", "<base href=\"https://harbour.example/\"></head>"),
    ("element-unclosed", "<div class=\"page\"", "<div><div class=\"page\""),
    ("end-tag-stray", "</table>", "</table></table>"),
    // What clients show.
    ("client-element", "</table>", "</table><video></video>"),
    ("client-element", "</table>", "</table><section>x</section>"),
    ("client-attribute", "<h1 ", "<h1 hidden "),
    ("client-property", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"position:fixed;"),
    ("client-property", "@media (max", "p { float: left }\n@media (max"),
    ("client-value", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"display:grid;"),
    ("client-value", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"width:calc(100% - 2px);"),
    ("client-value", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"height:10vh;"),
    ("client-value", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"color:var(--ink);"),
    ("client-at-rule", "@media (max", "@supports (gap: 1px) { p { margin: 0 } }\n@media (max"),
    ("client-selector", "@media (max", "td > p { margin: 0 }\n@media (max"),
    ("client-selector", "@media (max", "p:nth-child(2) { margin: 0 }\n@media (max"),
    ("client-image", "crane.jpg", "crane.webp"),
    ("css-broken", "@media (max", "p { color red; margin: 0 }\n@media (max"),
    ("css-broken", "<h1 class=\"ink\" style=\"", "<h1 class=\"ink\" style=\"nonsense;"),
    // The frame of the page.
    ("language-not-in-body", "<div class=\"page\" lang=\"en\"", "<div class=\"page\""),
    ("language-not-on-html", "<html lang=\"en\"", "<html"),
    ("title-missing", "<title>The Harbour: a crane is moved</title>\n", ""),
    ("doctype-missing", "<!DOCTYPE html>\n", ""),
    ("charset-missing", "<meta charset=\"utf-8\">\n", ""),
    ("viewport-missing", "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n", ""),
    ("heading-skips", "</table>", "</table><h4>x</h4>"),
    ("heading-empty", "</table>", "</table><h2></h2>"),
    ("heading-two-first", "</table>", "</table><h1>Another</h1>"),
    ("text-small", "font:16px/24px", "font:11px/24px"),
    ("lines-tight", "font:16px/24px", "font:16px/17px"),
    // Tables.
    ("table-role-missing", "<table class=\"sheet\" role=\"presentation\"", "<table class=\"sheet\""),
    ("table-header-in-layout", "</table>", "<tr><th>x</th></tr></table>"),
    ("layout-wide", "style=\"width:100%;max-width:600px;", "style=\"width:900px;"),
    ("padding-outside-cell", "<p class=\"ink\" style=\"", "<p class=\"ink\" style=\"padding:10px;"),
    (
        "centred-by-margin",
        "align=\"center\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"",
        "width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"margin:0 auto;",
    ),
    (
        "word-long",
        "serif\">After ninety years on the quay the steam crane was",
        "serif\">Aftertheninetyyearsonthequaythesteamcranewasliftedontoabargeonsunday was",
    ),
    // Direction.
    ("direction-missing", "<div class=\"page\" lang=\"en\" dir=\"ltr\"", "<div class=\"page\" lang=\"en\""),
    ("direction-rtl-text", " dir=\"rtl\" style=\"direction:rtl;text-align:right;", " style=\""),
    (
        "direction-ltr-text",
        "<td class=\"cell\" style=\"padding",
        "<td class=\"cell\" dir=\"rtl\" style=\"direction:rtl;padding",
    ),
    ("direction-only-attribute", "direction:rtl;text-align:right;", ""),
    (
        "direction-marks",
        "serif\">After ninety years on the quay the steam",
        "serif\">After &#x202e;ninety the steam",
    ),
    (
        "direction-marks",
        "serif\">After ninety years on the quay the steam",
        "serif\">After &#x2068;ninety the steam",
    ),
    // Links.
    ("link-relative", "href=\"https://harbour.example/ferry\"", "href=\"/ferry\""),
    ("link-scheme", "href=\"https://harbour.example/ferry\"", "href=\"javascript:alert(1)\""),
    ("link-scheme", "href=\"https://harbour.example/ferry\"", "href=\"ftp://harbour.example/ferry\""),
    ("link-broken", "href=\"https://harbour.example/ferry\"", "href=\"https://harbour.example/the ferry\""),
    ("link-insecure", "href=\"https://harbour.example/ferry\"", "href=\"http://harbour.example/ferry\""),
    ("link-local", "href=\"https://harbour.example/ferry\"", "href=\"http://localhost:8025/ferry\""),
    ("link-local", "href=\"https://harbour.example/ferry\"", "href=\"https://192.168.1.4/ferry\""),
    ("link-to-number", "href=\"https://harbour.example/ferry\"", "href=\"https://203.0.113.7/ferry\""),
    ("link-nowhere", "href=\"https://harbour.example/ferry\"", "href=\"#\""),
    ("link-fragment", "href=\"https://harbour.example/ferry\"", "href=\"#ferry\""),
    ("link-empty", ">Ferry times change in February</a>", "></a>Ferry times change"),
    ("link-vague", ">Ferry times change in February</a>", ">Click here!</a>"),
    ("link-vague", ">Ferry times change in February</a>", ">Read more</a>"),
    ("link-ambiguous", ">Ferry times change in February</a>", ">The old crane moves to the museum</a>"),
    ("link-lies", ">Ferry times change in February</a>", ">https://bank.example/login</a>"),
    ("link-shortened", "href=\"https://harbour.example/ferry\"", "href=\"https://bit.ly/x\""),
    // Pictures.
    ("image-alt-missing", " alt=\"A steam crane over the water\"", ""),
    ("image-alt-filename", "alt=\"A steam crane over the water\"", "alt=\"DSC_0042.jpg\""),
    ("image-width-missing", " width=\"552\"", ""),
    ("image-source-missing", "src=\"https://harbour.example/crane.jpg\"", ""),
    ("image-relative", "src=\"https://harbour.example/crane.jpg\"", "src=\"crane.jpg\""),
    (
        "image-data-uri",
        "src=\"https://harbour.example/crane.jpg\"",
        "src=\"data:image/gif;base64,R0lGODlhAQABAAAAACw=\"",
    ),
    ("image-svg", "crane.jpg", "crane.svg"),
    ("image-svg", "</table>", "</table><svg></svg>"),
    ("image-insecure", "src=\"https://harbour", "src=\"http://harbour"),
    ("image-scheme", "src=\"https://harbour.example", "src=\"file:///pictures/ann"),
    (
        "tracking-pixel",
        "</table>",
        "</table><img src=\"https://count.example/o.gif\" alt=\"\" width=\"1\" height=\"1\">",
    ),
    // What is hidden, and the inbox.
    (
        "preheader-missing",
        "<div style=\"display:none;mso-hide:all\">After ninety years the steam crane leaves the quay.</div>\n",
        "",
    ),
    (
        "preheader-long",
        "leaves the quay.</div>",
        "leaves the quay, and with it go the barge, the band, the rope and the hook, \
      the log books of ninety years, two hundred people and the rain that began</div>",
    ),
    (
        "preheader-repeats-subject",
        "After ninety years the steam crane leaves the quay.</div>",
        "The Harbour: a crane is moved</div>",
    ),
    (
        "preheader-padded",
        "leaves the quay.</div>",
        "leaves the quay.&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;&zwnj;&nbsp;</div>",
    ),
    ("preheader-in-outlook", ";mso-hide:all", ""),
    ("hidden-text", "</table>", "</table><p style=\"display:none\">cheap watches</p>"),
    ("hidden-text", "</table>", "</table><p style=\"color:#f2f0ec\">cheap watches</p>"),
    ("hidden-text", "</table>", "</table><p style=\"font-size:0\">cheap watches</p>"),
    // What cries out.
    (
        "text-shouts",
        "serif\">After ninety years on the quay the steam crane was",
        "serif\">FREE MONEY!!! CLICK HERE NOW!!! 100% GUARANTEED $$$",
    ),
    // Contrast.
    ("contrast", "color:#22262b;font:16px", "color:#b0b4ba;font:16px"),
    ("contrast", "color:#22262b;font:16px", "color:rgba(34,38,43,0.4);font:16px"),
    ("contrast", "background-color:#fdfdfb", "background-color:#5a5f67"),
    ("contrast-dark", ".link { color: #9cc4ff !important }\n", ""),
    ("contrast-dark", ".ink { color: #e8eaed !important }\n", ""),
];
