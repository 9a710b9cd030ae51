//! HTML of every quality, and what is left of it.

use url::Url;

use super::sift;

fn html(source: &str) -> String {
    sift(source, &Url::parse("https://example.org/blog/feed").expect("parses")).html
}

#[test]
fn what_comes_out_is_balanced_and_keeps_no_names() {
    for (source, expected) in [
        ("<p id=x class=y onclick=z style=color:red>a<b>b", "<p>a<b>b</b></p>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<b><i>x</b>y</i>", "<b><i>x</i></b>y"),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("</div></p>a", "a"),
        (
            "<table><tr><td>a<td>b<tr><td>c</table>",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        ),
        ("<td><div>x</table>y", "<td><div>xy</div></td>"),
        ("a<!-- b --><?php c ?>d", "ad"),
        ("a<!-- never closed <b>c</b>", "a"),
        ("<section>a</section><font size=7>b</font>", "<div>a</div>b"),
        ("a\nb<pre>\n c\n  d</pre>", "a b<pre> c<br>  d</pre>"),
        ("1 < 2 &amp; 3", "1 &lt; 2 &amp; 3"),
    ] {
        assert_eq!(html(source), expected, "{source}");
    }
}

#[test]
fn what_acts_is_left_out_with_all_that_is_in_it() {
    for source in [
        "a<script>b</script>c",
        "a<script>b<!-- <script> --></script>c",
        "a<style>p{b}</style>c",
        "a<iframe src=x>b</iframe>c",
        "a<svg><script>b</script><svg>b</svg></svg>c",
        "a<svg/>c",
        "a<math><mtext></mtext></math>c",
        "a<object><embed></object>c",
        "a<form action=x><input value=b><button>b</button>c</form>",
        "a<textarea></p>b</textarea>c",
        "a<select><option>b</select>c",
        "a<a href=\"javascript:alert(1)\">c</a>",
        "a<a href=\" java&#10;script:alert(1)\">c</a>",
        "a<a href=\"#b\">c</a>",
        "a<a name=b>c</a>",
        "a<img src=\"data:image/png;base64,AAAA\">c",
        "a<img src=javascript:b>c",
    ] {
        assert_eq!(html(source), "ac", "{source}");
    }
}

#[test]
fn links_and_images_are_absolute_and_lazy_images_are_found() {
    for (source, expected) in [
        ("<a href=\"../x?a=1&amp;b=2\">y</a>", "<a href=\"https://example.org/x?a=1&amp;b=2\">y</a>"),
        ("<a href=\"mailto:a@example.org\">y</a>", "<a href=\"mailto:a@example.org\">y</a>"),
        ("<img src=a.png alt=\"A&quot;b\">", "<img src=\"https://example.org/blog/a.png\" alt=\"A&quot;b\">"),
        (
            "<img src=data:x data-src=//cdn.example/a.png width=300>",
            "<img src=\"https://cdn.example/a.png\" alt=\"\" width=\"300\">",
        ),
        ("<img srcset=\"/s.png 1x, /l.png 2x\">", "<img src=\"https://example.org/s.png\" alt=\"\">"),
        (
            "<img src=/a.png><noscript><img src=/a.png></noscript>",
            "<img src=\"https://example.org/a.png\" alt=\"\">",
        ),
        ("<img src=/t.gif width=1 height=1>", ""),
        ("<img src=/t.gif style=\"display: none\">", ""),
        ("<img src=https://pixel.wp.com/b.gif>", ""),
    ] {
        assert_eq!(html(source), expected, "{source}");
    }
}

#[test]
fn the_text_has_blanks_where_blocks_meet() {
    let base = Url::parse("https://example.org/").expect("parses");
    let sifted =
        sift("<h2>A</h2><p>b<br>c</p><ul><li>d<li>e</ul><p>f<b>g</b></p><figcaption>no</figcaption>", &base);
    assert_eq!(sifted.text.split_whitespace().collect::<Vec<_>>().join(" "), "A b c d e fg");
}

#[test]
fn depth_is_bounded_whatever_is_opened() {
    let deep = format!("{}x", "<div>".repeat(20_000));
    assert!(html(&deep).matches("<div>").count() < 100);
    let fonts = format!("{}{}", "<b>".repeat(5_000), "<p>x".repeat(5_000));
    assert!(html(&fonts).len() < 100_000);
}

#[test]
fn a_tag_with_thousands_of_attributes_is_a_tag_like_any_other() {
    let many: String = (0..100_000).map(|n| format!(" a{n}")).collect();
    assert_eq!(html(&format!("<p>before</p><p{many}>x</p>")), "<p>before</p><p>x</p>");
    let picture = format!("<img src=\"data:image/png;base64,{}\" data-src=/a.png>", "ab/+ ".repeat(10_000));
    assert_eq!(html(&picture), "<img src=\"https://example.org/a.png\" alt=\"\">");
}
