//! Layers: the file and the environment as trees of values, and where each value stands.

use std::collections::BTreeMap;
use std::path::Path;

use ::config::{ConfigError, Map, Source, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::complaint::{Complaint, Place, Trouble};
use super::syntax::{self, Lines};

/// What an environment variable begins with; `__` parts the rest.
pub(super) const PREFIX: &str = "PRESSRUN__";
/// Deeper than any key there is; what lies below is not looked at.
const DEPTH: usize = 12;
/// The one top key of a layer: `config` takes top keys for path expressions, and ours may hold anything.
const ROOT: &str = "configuration";

/// Where each value stands, by its dotted path.
pub(super) type Places = BTreeMap<String, Place>;

/// One layer, ready to be merged by the `config` crate.
#[derive(Debug, Clone)]
struct Layer(Value);

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(Map::from([(ROOT.to_owned(), self.0.clone())]))
    }
}

/// Merges the text of the file and the variables of the environment, which win; returns the tree and its places.
pub(super) fn merge(text: &str, env: &[(String, String)]) -> Result<(Value, Places), Vec<Complaint>> {
    let mut places = Places::new();
    let file = read_text(text, &mut places)?;
    let variables = read_variables(env, &mut places);
    let merged = ::config::Config::builder()
        .add_source(Layer(file))
        .add_source(Layer(variables))
        .build()
        .and_then(|merged| merged.get_table(ROOT))
        .map_err(|e| vec![whole_file(Trouble::Clash(e.to_string()))])?;
    Ok((merged.into(), places))
}

/// Returns the complaint about the file as a whole.
pub(super) fn whole_file(trouble: Trouble) -> Complaint {
    Complaint { place: Place::File, key: String::new(), trouble }
}

/// Reads the file's bytes as text.
pub(super) fn read_file(path: &Path) -> Result<String, Complaint> {
    let bytes = std::fs::read(path).map_err(|e| {
        let way_out =
            if e.kind() == std::io::ErrorKind::NotFound { "; `pressrun init` writes one" } else { "" };
        whole_file(Trouble::Clash(format!("{}{way_out}", reason(&e))))
    })?;
    String::from_utf8(bytes).map_err(|e| {
        let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let trouble = Trouble::Clash("this line is not UTF-8; save the file as UTF-8".to_owned());
        Complaint { place: Place::Line(line), key: String::new(), trouble }
    })
}

/// Words an error of the file system as a clause, without its number.
pub(super) fn reason(error: &std::io::Error) -> String {
    let words = match error.kind() == std::io::ErrorKind::InvalidData {
        true => "it is not UTF-8 text".to_owned(),
        false => error.to_string().to_lowercase(),
    };
    words.split(" (os error").next().unwrap_or_default().to_owned()
}

fn read_text(text: &str, places: &mut Places) -> Result<Value, Vec<Complaint>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::new(text);
    if errors.is_empty() {
        Ok(from_table(table.into_inner(), "", &lines, places))
    } else {
        Err(syntax::complaints(&errors, &lines))
    }
}

fn from_table(table: DeTable<'_>, path: &str, lines: &Lines<'_>, places: &mut Places) -> Value {
    let mut map = Map::new();
    for (key, value) in table {
        let path = join(path, key.get_ref());
        places.insert(path.clone(), Place::Line(lines.number(key.span().start)));
        map.insert(key.into_inner().into_owned(), from_value(value, &path, lines, places));
    }
    map.into()
}

fn from_value(value: Spanned<DeValue<'_>>, path: &str, lines: &Lines<'_>, places: &mut Places) -> Value {
    let kind = match value.into_inner() {
        DeValue::String(text) => ValueKind::String(text.into_owned()),
        DeValue::Boolean(yes) => ValueKind::Boolean(yes),
        DeValue::Integer(n) => match i128::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => i64::try_from(n).map_or(ValueKind::I128(n), ValueKind::I64),
            Err(_) => ValueKind::Float(f64::INFINITY),
        },
        DeValue::Float(n) => ValueKind::Float(n.as_str().parse().unwrap_or(f64::NAN)),
        // TOML's own dates have no kind; no key takes one.
        DeValue::Datetime(_) => ValueKind::Nil,
        DeValue::Array(array) if depth(path) < DEPTH => ValueKind::Array(
            array
                .into_iter()
                .enumerate()
                .map(|(n, value)| {
                    let path = format!("{path}[{n}]");
                    places.insert(path.clone(), Place::Line(lines.number(value.span().start)));
                    from_value(value, &path, lines, places)
                })
                .collect(),
        ),
        DeValue::Table(table) if depth(path) < DEPTH => return from_table(table, path, lines, places),
        DeValue::Array(_) => ValueKind::Array(Vec::new()),
        DeValue::Table(_) => ValueKind::Table(Map::new()),
    };
    Value::new(None, kind)
}

fn depth(path: &str) -> usize {
    path.bytes().filter(|b| matches!(b, b'.' | b'[')).count()
}

fn read_variables(env: &[(String, String)], places: &mut Places) -> Value {
    let mut ours: Vec<_> =
        env.iter().filter(|(name, value)| name.starts_with(PREFIX) && !value.is_empty()).collect();
    ours.sort();
    let mut root = Map::new();
    for (name, value) in ours {
        let mut keys: Vec<String> =
            name[PREFIX.len()..].to_lowercase().split("__").map(str::to_owned).collect();
        // A variable cannot hold the `-` of a name, and a name cannot hold the `_` of a variable.
        if let [table, name, ..] = keys.as_mut_slice()
            && matches!(table.as_str(), "lists" | "sources" | "digests" | "relays" | "pace" | "dkim")
        {
            *name = name.replace('_', "-");
        }
        keys.truncate(DEPTH);
        put(&mut root, &keys, "", name, value, places);
    }
    root.into()
}

fn put(
    map: &mut Map<String, Value>,
    keys: &[String],
    path: &str,
    name: &str,
    value: &str,
    places: &mut Places,
) {
    let [key, rest @ ..] = keys else { return };
    let path = join(path, key);
    let place = Place::Variable(name.to_owned());
    if rest.is_empty() {
        map.insert(key.clone(), Value::new(None, value));
        places.insert(path, place);
        return;
    }
    places.entry(path.clone()).or_insert(place);
    let child = map.entry(key.clone()).or_insert_with(|| Map::<String, Value>::new().into());
    if !matches!(child.kind, ValueKind::Table(_)) {
        *child = Map::<String, Value>::new().into();
    }
    if let ValueKind::Table(child) = &mut child.kind {
        put(child, rest, &path, name, value, places);
    }
}

/// Returns the path of a key inside a table, quoted as TOML would quote it.
pub(super) fn join(table: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    let key = if bare { key.to_owned() } else { super::printer::quote(key) };
    if table.is_empty() { key } else { format!("{table}.{key}") }
}
