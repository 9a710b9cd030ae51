//! What the head of a page, and the attributes of its elements, say of it: Open Graph, meta, links, microdata.

use std::collections::HashMap;

use url::Url;

use super::reading_canonical::is_own;
use super::reading_json_ld::{JsonLd, text};
use super::tree::Tree;
use super::{date, link, title};
use crate::model::{Instant, Language, Markup};

/// More of them are not read.
const MOST: usize = 400;
/// No value is longer, in bytes.
const LONGEST: usize = 4_000;

/// What a page says of itself.
#[derive(Debug)]
pub(super) struct Meta {
    /// `meta` by its name, property or itemprop in lower case; the first of a name counts.
    named: HashMap<String, String>,
    pub(super) json: JsonLd,
    pub(super) base: Url,
    /// The text of `<title>`.
    pub(super) title: String,
    pub(super) language: Option<Language>,
    canonical: Option<Url>,
}

impl Meta {
    /// Collects it; `url` is where the page was found.
    pub(super) fn of(tree: &Tree<'_>, url: &Url) -> Self {
        let base = tree.named(0, "base").find_map(|at| tree.attribute(at, "href"));
        let base = base.and_then(|href| link::web(&href, url)).unwrap_or_else(|| url.clone());
        let mut named = HashMap::new();
        for at in tree.named(0, "meta").take(MOST) {
            let Some(content) = tree.attribute(at, "content").filter(|content| !content.trim().is_empty())
            else {
                continue;
            };
            for key in ["property", "name", "itemprop", "http-equiv"] {
                for key in tree.attribute(at, key).unwrap_or_default().split_whitespace() {
                    let value = content[..content.floor_char_boundary(LONGEST)].trim().to_owned();
                    named.entry(key.to_ascii_lowercase().replace('.', ":")).or_insert(value);
                }
            }
        }
        let rel =
            |at: usize| tree.attribute(at, "rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"));
        let canonical = tree.named(0, "link").find(|at| rel(*at)).and_then(|at| tree.attribute(at, "href"));
        let canonical = canonical.and_then(|href| link::web(&href, &base));
        let language = tree.named(0, "html").find_map(|at| tree.attribute(at, "lang"));
        let in_svg = |at: usize| tree.ancestors(at).any(|above| tree.name(above) == "svg");
        let title = tree.named(0, "title").find(|at| !in_svg(*at)).map(|at| tree.text(at, &[]));
        Self {
            language: language.as_deref().and_then(Language::parse),
            json: JsonLd::of(tree),
            title: title.map(|title| plain(&title)).unwrap_or_default(),
            named,
            base,
            canonical,
        }
    }

    /// The first of these that the page gives, as one line of plain text.
    pub(super) fn first(&self, names: &[&str]) -> Option<String> {
        names
            .iter()
            .filter_map(|name| self.named.get(*name))
            .map(|value| plain(value))
            .find(|value| !value.is_empty())
    }

    /// A text of the JSON-LD article.
    pub(super) fn said(&self, key: &str) -> Option<String> {
        let value = text(&self.json.article()?[key])?;
        Some(plain(&value)).filter(|value| !value.is_empty())
    }

    /// True if the page says that it is an article.
    pub(super) fn is_article(&self) -> bool {
        self.json.article().is_some()
            || self.first(&["og:type"]).is_some_and(|kind| kind.eq_ignore_ascii_case("article"))
    }

    /// What the page calls itself.
    pub(super) fn headline(&self) -> Option<String> {
        let json = || self.said("headline").or_else(|| self.said("name"));
        json().or_else(|| {
            self.first(&[
                "dc:title",
                "dcterms:title",
                "og:title",
                "weibo:article:title",
                "title",
                "twitter:title",
                "parsely-title",
            ])
        })
    }

    pub(super) fn description(&self) -> Option<String> {
        self.said("description").or_else(|| {
            self.first(&["og:description", "description", "dc:description", "twitter:description"])
        })
    }

    pub(super) fn authors(&self) -> Vec<String> {
        let json = self.json.article().map(|article| self.json.names(&article["author"])).unwrap_or_default();
        if !json.is_empty() {
            return json;
        }
        let names = [
            "article:author",
            "author",
            "dc:creator",
            "dcterms:creator",
            "parsely-author",
            "sailthru:author",
            "byl",
        ];
        let values = names.iter().filter_map(|name| self.named.get(*name));
        // Some put the address of a profile there, or of themselves.
        values
            .map(|value| plain(value))
            .find(|value| !value.contains("://") && !value.starts_with('@'))
            .into_iter()
            .collect()
    }

    /// The text of the article that JSON-LD carries.
    pub(super) fn said_body(&self) -> Option<String> {
        text(&self.json.article()?["articleBody"])
    }

    pub(super) fn section(&self) -> Option<String> {
        let metas = ["article:section", "og:section", "parsely-section", "articlesection", "section"];
        // What a program writes that has none.
        let nothing = |section: &String| {
            matches!(section.to_ascii_lowercase().as_str(), "nil" | "null" | "none" | "undefined")
        };
        self.said("articleSection").or_else(|| self.first(&metas)).filter(|section| !nothing(section))
    }

    pub(super) fn site(&self) -> Option<String> {
        let publisher =
            || self.json.article().and_then(|a| self.json.names(&a["publisher"]).into_iter().next());
        self.first(&["og:site_name", "application-name"]).or_else(publisher)
    }

    pub(super) fn published(&self) -> Option<Instant> {
        let json = self.said("datePublished").or_else(|| self.said("dateCreated"));
        let metas = [
            "article:published_time",
            "og:published_time",
            "datepublished",
            "parsely-pub-date",
            "dc:date:issued",
            "dcterms:date",
            "date",
            "pubdate",
        ];
        json.as_deref().and_then(date::parse).or_else(|| metas.iter().find_map(|name| self.dated(name)))
    }

    pub(super) fn modified(&self) -> Option<Instant> {
        let json = self.said("dateModified");
        let metas =
            ["article:modified_time", "og:updated_time", "datemodified", "dcterms:modified", "last-modified"];
        json.as_deref().and_then(date::parse).or_else(|| metas.iter().find_map(|name| self.dated(name)))
    }

    fn dated(&self, name: &str) -> Option<Instant> {
        self.named.get(name).and_then(|value| date::parse(value))
    }

    /// Where the page is at home: the first address that it calls its own and that can be, else where it was found.
    pub(super) fn canonical(&self, url: &Url) -> Url {
        let web = |written: &str| link::web(written, &self.base);
        let open_graph = || self.named.get("og:url").and_then(|written| web(written));
        let json = |key: &str| {
            let value = &self.json.article()?[key];
            text(value).or_else(|| text(&value["@id"])).as_deref().and_then(web)
        };
        let all = self
            .canonical
            .clone()
            .into_iter()
            .chain(open_graph())
            .chain(json("mainEntityOfPage"))
            .chain(json("url"));
        let mut found = all.into_iter().find(|found| same_site(found, url) && is_own(found, url));
        if let Some(found) = found.as_mut() {
            found.set_fragment(None);
        }
        found.unwrap_or_else(|| url.clone())
    }

    /// The language that the page declares.
    pub(super) fn language(&self) -> Option<Language> {
        let others = || {
            self.said("inLanguage").or_else(|| self.first(&["content-language", "og:locale", "dc:language"]))
        };
        self.language.clone().or_else(|| others().as_deref().and_then(Language::parse))
    }

    /// The value of a `meta`, as it stands.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }
}

fn plain(value: &str) -> String {
    title::plain(&Markup::Html(value.to_owned()), 1_000)
}

/// True if two addresses differ at most by what is in front of the site's name.
pub(super) fn same_site(a: &Url, b: &Url) -> bool {
    let site = |url: &Url| {
        let host = url.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
        let parts: Vec<&str> = host.split('.').collect();
        if url.domain().is_none() || parts.len() <= 2 {
            return (host, url.port());
        }
        // co.uk and its like: two short labels at the end make no name.
        let short = parts[parts.len() - 2].len() <= 3 && parts[parts.len() - 1].len() <= 3;
        let labels = if short { 3 } else { 2 };
        (parts[parts.len() - labels.min(parts.len())..].join("."), url.port())
    };
    site(a) == site(b)
}
