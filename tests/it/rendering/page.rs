//! A strict reading of a page: every element closed in order, every attribute quoted, nothing forgiven.

/// An element with what is in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// The text of it and its descendants.
    pub(crate) text: String,
    /// The names of its ancestors, outermost first.
    pub(crate) within: Vec<String>,
}

impl Element {
    pub(crate) fn get(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == attribute).map(|(_, value)| value.as_str())
    }

    /// The value of a property of the style attribute; the last one counts.
    pub(crate) fn style(&self, property: &str) -> Option<&str> {
        let declarations = self.get("style")?.split(';').filter_map(|d| d.split_once(':'));
        declarations.filter(|(name, _)| *name == property).map(|(_, value)| value).next_back()
    }
}

/// A page, its elements in source order.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) elements: Vec<Element>,
    pub(crate) comments: Vec<String>,
}

const VOID: [&str; 5] = ["meta", "br", "img", "wbr", "hr"];

impl Page {
    /// Reads a page; panics where a browser would have to guess.
    pub(crate) fn read(html: &str) -> Self {
        let mut page = Self::default();
        let mut open: Vec<usize> = Vec::new();
        let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("begins with the doctype");
        while !rest.is_empty() {
            if let Some(comment) = rest.strip_prefix("<!--") {
                let end = comment.find("-->").expect("a comment ends");
                page.comments.push(comment[..end].to_owned());
                rest = &comment[end + 3..];
            } else if let Some(close) = rest.strip_prefix("</") {
                let end = close.find('>').expect("a tag ends");
                let at = open.pop().expect("something is open");
                assert_eq!(page.elements[at].name, close[..end], "the innermost element is closed first");
                rest = &close[end + 1..];
            } else if let Some(tag) = rest.strip_prefix('<') {
                let (mut element, after) = tag_of(tag);
                element.within = open.iter().map(|at| page.elements[*at].name.clone()).collect();
                let (void, raw) = (VOID.contains(&element.name.as_str()), element.name == "style");
                page.elements.push(element);
                if !void {
                    open.push(page.elements.len() - 1);
                }
                rest = if raw { &after[after.find("</style>").expect("a style ends")..] } else { after };
            } else {
                let end = rest.find('<').expect("text is inside an element");
                let text = unescape(&rest[..end]);
                open.iter().for_each(|at| page.elements[*at].text.push_str(&text));
                rest = &rest[end..];
            }
        }
        assert!(open.is_empty(), "everything is closed");
        page
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.elements.iter().filter(move |e| e.name == name)
    }

    /// The addresses of the links in order, each once.
    pub(crate) fn links(&self) -> Vec<&str> {
        let mut links: Vec<&str> = Vec::new();
        for href in self.all("a").filter_map(|a| a.get("href")) {
            if !links.contains(&href) {
                links.push(href);
            }
        }
        links
    }
}

fn tag_of(tag: &str) -> (Element, &str) {
    let end = tag.find([' ', '>']).expect("a tag ends");
    let mut element = Element { name: tag[..end].to_owned(), ..Element::default() };
    let mut rest = &tag[end..];
    while let Some(attribute) = rest.strip_prefix(' ') {
        let (name, value) = attribute.split_once("=\"").expect("an attribute is quoted");
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name:?} is an attribute");
        let end = value.find('"').expect("a quote ends");
        assert!(!value[..end].contains('<'), "an attribute is escaped");
        assert!(element.get(name).is_none(), "{name} is there once");
        element.attributes.push((name.to_owned(), unescape(&value[..end])));
        rest = &value[end + 1..];
    }
    (element, rest.strip_prefix('>').expect("a tag ends after its attributes"))
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
