//! What a page says of itself in JSON-LD (schema.org).

use serde_json::Value;

use super::tree::{Kind, Tree};

/// More scripts than this are not read.
const MOST_SCRIPTS: usize = 40;
/// More objects than this are not looked at.
const MOST_OBJECTS: usize = 2_000;

/// What schema.org calls texts that are read.
const ARTICLES: [&str; 16] = [
    "Article",
    "AdvertiserContentArticle",
    "NewsArticle",
    "AnalysisNewsArticle",
    "AskPublicNewsArticle",
    "BackgroundNewsArticle",
    "OpinionNewsArticle",
    "ReportageNewsArticle",
    "ReviewNewsArticle",
    "Report",
    "SatiricalArticle",
    "ScholarlyArticle",
    "TechArticle",
    "BlogPosting",
    "LiveBlogPosting",
    "SocialMediaPosting",
];

/// And what else is read, if it has a name.
const LIKE: [&str; 3] = ["Recipe", "Review", "HowTo"];

/// The objects of all JSON-LD of a page.
#[derive(Debug, Default)]
pub(super) struct JsonLd(Vec<Value>);

/// A picture as JSON-LD has it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct JsonPicture {
    pub(super) url: String,
    pub(super) width: Option<u32>,
    pub(super) height: Option<u32>,
    pub(super) caption: Option<String>,
    pub(super) credit: Option<String>,
}

impl JsonLd {
    /// Reads the scripts of a page; those that are no JSON are left out.
    pub(super) fn of(tree: &Tree<'_>) -> Self {
        let scripts = tree.named(0, "script").filter(|at| {
            tree.attribute(*at, "type")
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/ld+json"))
        });
        let mut objects = Vec::new();
        for script in scripts.take(MOST_SCRIPTS) {
            if let Some(Kind::Raw(text)) = tree.nodes.get(script + 1).map(|node| &node.kind)
                && let Some(value) = parsed(text)
            {
                flatten(value, &mut objects);
            }
        }
        Self(objects)
    }

    /// The article of the page: the first object of its kind, better one with a headline.
    pub(super) fn article(&self) -> Option<&Value> {
        let is_article = |object: &&Value| kinds(object).any(|kind| ARTICLES.contains(&kind));
        let mut articles = self.0.iter().filter(is_article);
        let Some(first) = articles.clone().next() else {
            let is_like = |object: &&Value| {
                kinds(object).any(|kind| LIKE.contains(&kind)) && object["name"].is_string()
            };
            return self.0.iter().find(is_like);
        };
        articles.find(|object| object["headline"].is_string()).or(Some(first))
    }

    /// The addresses of the first list of several elements, in its order, with their names.
    pub(super) fn list(&self) -> Vec<(String, Option<String>)> {
        let lists = self.0.iter().filter(|object| kinds(object).any(|kind| kind == "ItemList"));
        let of = |list: &Value| -> Vec<(String, Option<String>)> {
            let elements = list["itemListElement"].as_array().map(Vec::as_slice).unwrap_or_default();
            elements.iter().filter_map(listed).collect()
        };
        lists.map(of).find(|list| list.len() >= 2).unwrap_or_default()
    }

    /// An object, or the one that it refers to.
    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        let only_id = value.as_object().is_some_and(|fields| fields.len() == 1);
        let Some(id) = value["@id"].as_str().filter(|_| only_id) else { return value };
        let meant = |object: &&Value| {
            object["@id"] == id && object.as_object().is_some_and(|fields| fields.len() > 1)
        };
        self.0.iter().find(meant).unwrap_or(value)
    }

    /// The names of persons or organisations: a text, an object, or several.
    pub(super) fn names(&self, value: &Value) -> Vec<String> {
        let all = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        let name = |value: &Value| text(self.resolved(value)).or_else(|| text(&self.resolved(value)["name"]));
        // An address is no name.
        all.iter().take(20).filter_map(name).filter(|name| !name.contains("://")).collect()
    }

    /// The picture of an article: an address, an object, or several of which the first counts.
    pub(super) fn picture(&self, value: &Value) -> Option<JsonPicture> {
        let first = value.as_array().map_or(Some(value), |all| all.first())?;
        let image = self.resolved(first);
        if let Some(url) = text(image) {
            return Some(JsonPicture { url, ..JsonPicture::default() });
        }
        let url = text(&image["url"]).or_else(|| text(&image["contentUrl"]))?;
        let credit = || self.names(&image["copyrightHolder"]).into_iter().next();
        let creator = || self.names(&image["creator"]).into_iter().next();
        Some(JsonPicture {
            url,
            width: side(&image["width"]),
            height: side(&image["height"]),
            caption: text(&image["caption"]).or_else(|| text(&image["description"])),
            credit: text(&image["creditText"]).or_else(credit).or_else(creator),
        })
    }
}

/// A text that is not empty; of several the first.
pub(super) fn text(value: &Value) -> Option<String> {
    let one = value.as_array().map_or(Some(value), |all| all.first())?;
    let one = one.as_str().or_else(|| one["@value"].as_str())?.trim();
    (!one.is_empty()).then(|| one.to_owned())
}

fn side(value: &Value) -> Option<u32> {
    let number = value.as_f64().or_else(|| value["value"].as_f64());
    let written = || value.as_str().and_then(|side| side.trim_end_matches("px").trim().parse::<f64>().ok());
    let number = number.or_else(written).filter(|side| (1.0..100_000.0).contains(side))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 100,000")]
    Some(number as u32)
}

fn kinds(object: &Value) -> impl Iterator<Item = &str> {
    let kind = &object["@type"];
    let all = kind.as_array().map_or(std::slice::from_ref(kind), Vec::as_slice);
    all.iter().filter_map(Value::as_str).map(|kind| kind.rsplit(['/', ':']).next().unwrap_or(kind))
}

fn listed(element: &Value) -> Option<(String, Option<String>)> {
    let item = &element["item"];
    let url = text(&element["url"])
        .or_else(|| text(item))
        .or_else(|| text(&item["url"]))
        .or_else(|| text(&item["@id"]))?;
    let name = text(&element["name"]).or_else(|| text(&item["name"])).or_else(|| text(&item["headline"]));
    Some((url, name))
}

/// JSON as pages have it: in a comment or CDATA, with bare line breaks in its texts, with a `;` behind.
fn parsed(script: &str) -> Option<Value> {
    let mut text = script.trim();
    for (start, end) in
        [("<!--", "-->"), ("//<![CDATA[", "//]]>"), ("/*<![CDATA[*/", "/*]]>*/"), ("<![CDATA[", "]]>")]
    {
        text = text.strip_prefix(start).unwrap_or(text).trim();
        text = text.strip_suffix(end).unwrap_or(text).trim();
    }
    let text = text.trim_end_matches(';');
    let bare = || text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&bare()).ok())
}

/// Lays the objects of a document side by side; the parser has capped their nesting.
fn flatten(value: Value, objects: &mut Vec<Value>) {
    let mut waiting = vec![value];
    while let Some(value) = waiting.pop() {
        if objects.len() >= MOST_OBJECTS {
            return;
        }
        match value {
            Value::Array(all) => waiting.extend(all.into_iter().rev()),
            Value::Object(_) => {
                for key in ["mainEntity", "mainEntityOfPage", "@graph"] {
                    if value[key].is_object() || value[key].is_array() {
                        waiting.push(value[key].clone());
                    }
                }
                objects.push(value);
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(json: &str) -> (JsonLd, Option<Value>) {
        let page = format!("<script type='application/ld+json'>{json}</script>");
        let found = JsonLd::of(&Tree::new(&page));
        let article = found.article().cloned();
        (found, article)
    }

    #[test]
    fn an_article_is_found_wherever_it_stands() {
        for json in [
            r#"{"@type":"NewsArticle","headline":"H"}"#,
            r#"[{"@type":"WebPage"},{"@type":["Article","Thing"],"headline":"H"}]"#,
            r#"{"@graph":[{"@type":"Article"},{"@type":"https://schema.org/BlogPosting","headline":"H"}]}"#,
            r#"{"@type":"WebPage","mainEntity":{"@type":"Report","headline":"H"}}"#,
            "<!-- {\"@type\":\"Article\",\n\"headline\":\"H\",\"description\":\"a\nb\"}; -->",
        ] {
            assert_eq!(article(json).1.and_then(|a| text(&a["headline"])).as_deref(), Some("H"), "{json}");
        }
        for json in ["", "{", "null", r#"{"@type":"Recipe"}"#, &"[".repeat(100_000)] {
            assert!(article(json).1.is_none());
        }
    }

    #[test]
    fn a_reference_means_what_stands_elsewhere() {
        let (all, found) = article(
            r##"{"@graph":[{"@type":"Article","headline":"H","author":[{"@id":"#a"},"Bo"],"image":{"@id":"#i"}},
               {"@id":"#a","name":"Ann"},{"@id":"#i","url":"/x.jpg","width":"800px","height":{"value":600},"creditText":"AP"}]}"##,
        );
        let found = found.unwrap();
        assert_eq!(all.names(&found["author"]), ["Ann", "Bo"]);
        let picture = all.picture(&found["image"]).unwrap();
        assert_eq!((picture.url.as_str(), picture.width, picture.height), ("/x.jpg", Some(800), Some(600)));
        assert_eq!(picture.credit.as_deref(), Some("AP"));
    }
}
