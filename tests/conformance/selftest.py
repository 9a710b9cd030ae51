"""Shows that the checks can fail: one good letter that passes all, and one spoiled letter for every way to break a rule.

Each mutation is named, spoils one thing, and says which rule must speak up and by which tool.
"""

import base64
import os
import sys
import tempfile
import time
from pathlib import Path

import check
from sample import FONT, LEAVE, Sample

MUTATIONS = []


def spoil(rule, tool="mail"):
    """Registers a mutation; it changes the sample in place, or returns the bytes of the spoiled letter."""

    def register(function):
        MUTATIONS.append((rule, tool, function))
        return function

    return register


def swap(rule, name, old, new, tool="mail"):
    """Registers a mutation that replaces a text in the HTML."""

    def mutate(s):
        s.html_swap(old, new, 1)

    mutate.__name__ = name
    MUTATIONS.append((rule, tool, mutate))


def header(rule, name, title, value):
    """Registers a mutation that replaces a header field."""

    def mutate(s):
        s.field(title, value)

    mutate.__name__ = name
    MUTATIONS.append((rule, "mail", mutate))


def words(rule, name, text, tool="mail"):
    """Registers a mutation that adds a paragraph to the first article."""
    swap(rule, name, "began. The museum", f"began.</p>{text}<p>The museum", tool)


def raw(rule, name, old, new):
    """Registers a mutation of the finished bytes."""

    def mutate(s):
        data = s.bytes()
        assert old in data, old
        return data.replace(old, new, 1)

    mutate.__name__ = name
    MUTATIONS.append((rule, "mail", mutate))


P = f'<p style="{FONT}font-size:16px;line-height:24px;margin:0">'
PIXEL = '<img src="https://count.example/o.gif" alt="" width="1" height="1">'

# Bytes
raw("F1", "a_bare_line_feed", b"THE HARBOUR\r\n", b"THE HARBOUR\n")
raw("F1", "a_bare_carriage_return", b"THE HARBOUR\r\n", b"THE HAR\rBOUR\r\n")
raw("F1", "a_nul", b"THE HARBOUR", b"THE\0HARBOUR")
raw("F2", "a_line_of_a_thousand", b"THE HARBOUR", b"X" * 1000)
raw("F2", "a_long_quoted_printable_line", b"THE HARBOUR", b"HARBOUR " * 11)
raw("F4", "eight_bit_octets", b"THE HARBOUR", "THE HÄRBOUR".encode())
raw("F4", "a_lone_equals_sign", b"THE HARBOUR", b"THE=HARBOUR")
raw("F4", "a_blank_at_a_line_end", b"THE HARBOUR\r\n", b"THE HARBOUR \r\n")
raw("F8", "a_line_that_is_no_field", b"To: ann", b"no field here\r\nTo: ann")

# Header
header("F2", "an_unfolded_header", "Reply-To", '"' + "Editor " * 12 + '" <editor@harbour.example>')
header("F5", "no_message_id", "Message-ID", None)
header("F5", "a_foreign_message_id", "Message-ID", "<1@localhost.elsewhere>")
header("F5", "a_message_id_without_domain", "Message-ID", "<1@mail>")
header("F5", "two_senders", "From", "A <a@harbour.example>, B <b@harbour.example>")
header("F5", "no_subject", "Subject", "")
header("F6", "a_named_zone", "Date", "Mon, 05 Jan 2026 07:00:00 GMT")
header("F6", "the_wrong_weekday", "Date", "Tue, 05 Jan 2026 07:00:00 +0000")
header("F6", "a_day_that_is_not", "Date", "Mon, 31 Feb 2026 07:00:00 +0000")
header("F7", "a_long_encoded_word", "Subject", "=?utf-8?q?" + "a" * 70 + "?=")
header("F7", "half_a_character", "Subject", "=?utf-8?b?w6k=?= =?utf-8?b?ww==?=")
header("F7", "an_encoded_word_in_quotes", "From", '"=?utf-8?q?H=C3=A4fen?=" <news@harbour.example>')
header("F7", "an_encoded_word_glued_on", "Subject", "The=?utf-8?q?_H=C3=A4fen?=")
header("F7", "a_folded_line_of_blanks", "Subject", "The Harbour\r\n \r\n and more")
header("F8", "an_injected_field", "X-Injected", "yes")
header("F8", "an_address_without_domain", "Reply-To", "editor@harbour")
header("F13", "an_endless_subject", "Subject", "\r\n ".join(["A word or two"] * 20))
header("F13", "a_header_of_forty_thousand", "List-Owner", "\r\n ".join(["<mailto:a@harbour.example>"] * 1500))
header("L1", "no_unsubscribe", "List-Unsubscribe", None)
header("L1", "two_https_uris", "List-Unsubscribe", f"<{LEAVE}>,\r\n <https://harbour.example/b>")
header("L1", "plain_http", "List-Unsubscribe", "<http://harbour.example/u/1>")
header("L1", "no_brackets", "List-Unsubscribe", LEAVE)
header("L1", "mailto_first", "List-Unsubscribe", f"<mailto:leave@harbour.example>,\r\n <{LEAVE}>")
header("L2", "no_one_click", "List-Unsubscribe-Post", None)
header("L2", "another_text", "List-Unsubscribe-Post", "List-Unsubscribe=one-click")
header("L2", "a_folded_one_click", "List-Unsubscribe-Post", "\r\n List-Unsubscribe=One-Click")
header("L5", "no_list_id", "List-Id", None)
header("L5", "a_list_id_without_dot", "List-Id", "The Harbour <daily>")
header("L5", "a_list_id_with_blanks", "List-Id", "The Harbour <the daily.harbour.example>")
header("L5", "an_endless_list_id", "List-Id", "The Harbour\r\n <" + "a" * 250 + ".example>")
header("L6", "no_sender_name", "From", "news@harbour.example")
header("L6", "an_emoji_in_the_sender", "From", "=?utf-8?q?The_Harbour_=F0=9F=9A=A2?= <news@harbour.example>")
header("L6", "a_false_answer", "Subject", "Re: your harbour")
header("L7", "not_auto_submitted", "Auto-Submitted", None)
header("L7", "auto_replied", "Auto-Submitted", "auto-replied")
header("L10", "two_recipients", "To", "ann@example.org, bob@example.org")
header("L10", "a_blind_copy", "Bcc", "bob@example.org")
header("I3", "a_decomposed_subject", "Subject", "=?utf-8?q?The_Ha=CC=88fen?=")
header("I3", "a_control_in_the_subject", "Subject", "=?utf-8?q?The_=07Harbour?=")


@spoil("F5")
def two_dates(s):
    s.head.append("Date: Mon, 05 Jan 2026 07:00:00 +0000")


# Parts
@spoil("F9")
def the_html_first(s):
    return s.bytes().replace(b"text/plain", b"text/x", 1).replace(b"text/html", b"text/plain", 1).replace(b"text/x", b"text/html", 1)


@spoil("F9")
def mixed_instead_of_alternative(s):
    s.kind = "multipart/mixed"


@spoil("F9")
def a_boundary_of_eighty(s):
    s.boundary = "b" * 80


@spoil("F9")
def the_boundary_in_the_text(s):
    s.text_swap("THE HARBOUR", f"see {s.boundary} here")


@spoil("F9")
def no_last_delimiter(s):
    return s.bytes().replace(f"--{s.boundary}--".encode(), b"")


raw("F9", "another_charset", b"charset=utf-8", b"charset=iso-8859-1")
raw("F9", "broken_utf_8", b"THE HARBOUR", b"THE H=C4RBOUR")
raw("F11", "flowed_without_delsp", b"text/plain;", b"text/plain; format=flowed;")


@spoil("F10")
def an_empty_text(s):
    s.text = "\n"


@spoil("F10")
def a_tag_in_the_text(s):
    s.text_swap("After ninety", "<b>After</b> ninety")


@spoil("F10")
def an_entity_in_the_text(s):
    s.text_swap("two hundred", "two&nbsp;hundred")


@spoil("F10")
def a_link_less_in_the_text(s):
    s.text_swap("https://harbour.example/ferry\n", "")


@spoil("F10")
def a_broken_link_in_the_text(s):
    s.text_swap("https://harbour.example/crane?a=1&b=2", "https://harbour.example/\ncrane?a=1&b=2")


@spoil("F10")
def a_wide_line(s):
    s.text_swap("\nSunday; two", " Sunday; two")


@spoil("F10")
def a_wide_line_of_double_width(s):
    s.text_swap("THE HARBOUR", "港" * 40)


@spoil("F12")
def an_html_that_gmail_clips(s):
    s.html_swap("After ninety", "After ninety " * 9000)


swap("F12", "unsubscribe_at_the_very_end_only", f'You can <a class="link" href="{LEAVE}"', 'You can <a class="link" href="https://harbour.example/ferry"')


@spoil("F14")
def an_attachment(s):
    part = b'--%s\r\nContent-Type: text/calendar\r\nContent-Disposition: attachment; filename="a.ics"\r\n\r\nBEGIN\r\n'
    mark = s.boundary.encode()
    return s.bytes().replace(b"--" + mark + b"--", part % mark + b"--" + mark + b"--")


@spoil("F14")
def a_text_in_base64(s):
    data, body = s.bytes(), base64.encodebytes(("Just words. " * 40).encode()).replace(b"\n", b"\r\n")
    head, rest = data.split(b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", 1)
    tail = rest[rest.index(b"\r\n--" + s.boundary.encode()) :]
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + body.rstrip() + tail


@spoil("L4")
def no_way_out_in_the_html(s):
    s.html_swap(LEAVE, "https://harbour.example/ferry")


@spoil("L4")
def no_way_out_in_the_text(s):
    s.text_swap(LEAVE, "https://harbour.example/ferry")


@spoil("U11")
def no_postal_address(s):
    s.html_swap("The Harbour Press, Quay 7, 20457 Hamburg", "Thank you for reading.")


words("I3", "an_override", P + "a\u202eb\u202c</p>")
words("I3", "an_open_isolate", P + "a\u2068b</p>")
words("I3", "a_c1_control", P + "a\u0085b</p>")
words("I3", "an_unfilled_hole", P + "a\U0010ff01b</p>")

# Markup
words("H1", "an_unclosed_element", "<div>" + P + "x</p>")
words("H1", "a_swallowed_table", "</table>")
words("H1", "a_script", "<script>alert(1)</script>")
words("H1", "a_handler", '<p onclick="alert(1)">x</p>')
words("H1", "a_javascript_link", '<p><a href="javascript:alert(1)">the whole story</a></p>')
words("H1", "a_frame", '<iframe src="https://harbour.example/"></iframe>')
words("H1", "a_form", '<form action="https://harbour.example/"></form>')
words("H1", "a_drawing", "<svg></svg>")
words("H1", "a_name_that_clobbers", '<p><a name="x">x</a></p>')
words("H1", "an_import", '<p style="behavior:url(x)">x</p>')
swap("H1", "a_refresh", "<title>", '<meta http-equiv="refresh" content="1"><title>')
swap("H1", "a_foreign_style_sheet", "<title>", '<link rel="stylesheet" href="https://harbour.example/a.css"><title>')
words("H2", "a_relative_link", '<p><a href="/ferry">the ferry times</a></p>')
words("H2", "a_link_to_a_file", '<p><a href="ftp://harbour.example/f">the ferry times</a></p>')
words("H2", "a_link_with_a_blank", '<p><a href="https://harbour.example/a b">the ferry times</a></p>')
words("H2", "a_relative_picture", '<img src="a.jpg" alt="" width="300">')
words("H3", "a_picture_inside", '<img src="https://harbour.example/a.svg" alt="" width="300">')
words("H3", "a_flexible_box", '<p style="display:flex">x</p>')
words("H3", "a_floating_box", '<p style="float:left">x</p>')
words("H3", "a_fixed_box", '<p style="position:fixed;top:0">x</p>')
words("H3", "a_variable", '<p style="color:var(--ink)">x</p>')
words("H3", "a_grid_in_the_tables", '<p style="display:grid">x</p>', "clients")
words("H3", "a_video_in_the_tables", "<video></video>", "clients")
words("H5", "a_centred_box", '<table role="presentation" style="margin:0 auto"><tbody><tr><td>x</td></tr></tbody></table>')
words("H5", "a_padded_paragraph", '<p style="padding:10px">x</p>')
words("H5", "a_picture_without_width", '<img src="https://harbour.example/a.jpg" alt="">')
swap("H5", "no_ghost_table", "<!--[if mso]><table", "<!--[if mso]><div")
words("H8", "two_hidden_texts", '<p style="display:none">x</p>')
swap("H8", "a_preheader_that_outlook_shows", "mso-hide:all", "line-height:0")
words("P1", "a_pixel", PIXEL)
words("P1", "a_link_that_lies", '<p><a href="https://count.example/c/1">https://harbour.example/</a></p>')
swap("X1", "no_language", '<html lang="en" dir="ltr">', "<html>")
swap("X1", "no_wrapper", '<div class="page" lang="en" dir="ltr"', '<div class="page"')
swap("X1", "no_title", "<title>The Harbour – a crane is moved</title>", "")
swap("X2", "a_table_without_role", '<table class="frame" role="presentation"', '<table class="frame"')
words("X2", "a_header_in_a_layout_table", '<table role="presentation"><tbody><tr><th>x</th></tr></tbody></table>')
swap("X3", "no_alt", ' alt="A steam crane over the water"', "")
swap("X4", "two_first_headings", "<h2", "<h1><span>x</span></h1><h2")
words("X4", "a_skipped_level", "<h4>x</h4>")
words("X5", "a_link_without_words", '<p><a href="https://harbour.example/ferry"></a></p>')
words("X5", "read_more", '<p><a href="https://harbour.example/ferry">Read more</a></p>')
swap("X5", "no_underline", "text-decoration:underline", "text-decoration:none")
swap("I1", "hebrew_without_direction", 'lang="he" dir="rtl" style="direction:rtl;text-align:right;', 'lang="he" style="')
swap("I1", "direction_without_css", "direction:rtl;text-align:right;", "")

# Browser
swap("X6", "pale_ink", "line-height:24px;margin:0;color:#22262b", "line-height:24px;margin:0;color:#b0b4ba", "accessibility")
swap("X6", "links_dark_on_dark", "a,.link{color:#9cc4ff !important}", "", "accessibility")
swap("X6", "light_ink_without_its_style", "background-color:#fdfdfb", "background-color:#4a4f57", "accessibility")
swap("X3", "no_alt_in_the_browser", ' alt="A steam crane over the water"', "", "accessibility")
swap("X4", "a_level_skipped_in_the_browser", "<h2 ", "<h4 ", "accessibility")
swap("X7", "small_print", "font-size:16px;line-height:24px", "font-size:11px;line-height:24px", "accessibility")
swap("X7", "tight_lines", "font-size:16px;line-height:24px", "font-size:16px;line-height:17px", "accessibility")
words("H6", "a_wide_table", '<table role="presentation" width="700"><tbody><tr><td>x</td></tr></tbody></table>', "accessibility")
words("H6", "a_word_without_end", P + "W" * 120 + "</p>", "accessibility")
swap("H6", "wide_without_its_style", "width:100%;max-width:600px;", "", "accessibility")
swap("I1", "a_wrapper_that_turns_round", '<div class="page" lang="en" dir="ltr" style="direction:ltr;text-align:left;', '<div class="page" style="', "accessibility")


# Spam
@spoil("SA", "spam")
def html_alone(s):
    kind = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    body = s.bytes().split(kind)[1].split(b"\r\n--" + s.boundary.encode())[0]
    return "\r\n".join(s.head).encode() + b"\r\n" + kind + body + b"\r\n"


@spoil("SA", "spam")
def two_different_parts(s):
    s.text = "Lorem ipsum dolor sit amet consectetur adipiscing elit.\n" * 9


@spoil("SA", "spam")
def words_of_a_swindler(s):
    s.field("Subject", "URGENT: $10,000,000.00 MILLION DOLLARS inheritance!!! VIAGRA")
    s.field("Message-ID", None)


def main():
    start = time.monotonic()
    modules = os.environ.get("CONFORMANCE_MODULES", "")
    tools = check.left_in(check.TOOLS)
    silent, passed = [], 0
    with tempfile.TemporaryDirectory(prefix="pressrun-selftest-") as folder:
        good = Path(folder, "good.eml")
        good.write_bytes(Sample().bytes())
        spoiled = {tool: {} for tool in tools}
        for number, (rule, tool, mutate) in enumerate(MUTATIONS):
            if tool in tools:
                letter, name = Sample(), mutate.__name__
                data = mutate(letter) or letter.bytes()
                assert data != good.read_bytes(), f"{name} changes nothing"
                path = Path(folder, f"{tool}-{number}-{name}.eml")
                # One Message-ID each, so that F5 does not speak up about copies.
                path.write_bytes(data.replace(b"<e17.d4.8c1f2b@", b"<e17.d4.%d@" % number, 1))
                spoiled[tool][str(path)] = (rule, name)
        complaints, troubles = check.check([good], tools, modules)
        for tool, letters in spoiled.items():
            said = {}
            for finding in check.check(list(letters), [tool], modules)[0]:
                said.setdefault(finding.file, set()).add(finding.rule)
            for file, (rule, name) in letters.items():
                heard = said.get(file, set())
                passed += rule in heard
                if rule not in heard:
                    silent.append(f"{rule} was silent about {name} ({tool} named {', '.join(sorted(heard)) or 'nothing'})")
    for line in [f"the good letter: {c}" for c in complaints] + silent + troubles:
        print(line)
    failed = len(silent) + bool(complaints) + len(troubles)
    print(f"{len(MUTATIONS)} mutations of {len({r for r, _, _ in MUTATIONS})} rules in {time.monotonic() - start:.0f} s")
    print(f"{passed + (not complaints)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
