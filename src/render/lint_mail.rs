//! A letter taken apart: its fields as they stand, its HTML part, its text part, what else it holds.

use mail_parser::{MessageParser, MimeHeaders as _, PartType};

/// How much of a file is read; what carries more is told so by its size alone.
const READ: usize = 8 * 1024 * 1024;

/// A field of the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    /// The name in lower case.
    pub(super) name: String,
    /// The value with its folds undone, not decoded.
    pub(super) value: String,
    /// The line of the file, counted from 1.
    pub(super) line: usize,
}

/// A part that shows words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body {
    /// True for HTML.
    pub(super) html: bool,
    /// The charset in lower case, if it is named.
    pub(super) charset: Option<String>,
    /// The transfer encoding in lower case; empty if it is not named.
    pub(super) encoding: String,
    /// True if the bytes are not what charset and encoding say.
    pub(super) damaged: bool,
}

/// A letter.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) fields: Vec<Field>,
    /// Lines of the header that are no field and continue none.
    pub(super) stray: Vec<usize>,
    /// Decoded; empty if there is none.
    pub(super) subject: String,
    /// The senders: name and address.
    pub(super) from: Vec<(String, String)>,
    /// How many addresses To, Cc and Bcc name.
    pub(super) recipients: usize,
    pub(super) html: Option<String>,
    pub(super) text: Option<String>,
    /// The parts that show words, in order.
    pub(super) bodies: Vec<Body>,
    /// The names or types of what is attached.
    pub(super) attached: Vec<String>,
}

impl Mail {
    /// The first field of a name in lower case.
    pub(super) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The value of the first field of a name; empty if there is none.
    pub(super) fn value(&self, name: &str) -> &str {
        self.field(name).map_or("", |field| field.value.as_str())
    }

    /// True for what goes to many: a machine's note to one person names itself one and has no list.
    pub(super) fn is_bulk(&self) -> bool {
        self.field("auto-submitted").is_none() || self.field("list-id").is_some()
    }
}

/// Takes a letter apart; what cannot be read is missing.
pub(super) fn read(bytes: &[u8]) -> Mail {
    let bytes = &bytes[..bytes.len().min(READ)];
    let mut mail = Mail::default();
    fields(bytes, &mut mail);
    let Some(message) = MessageParser::default().parse(bytes) else { return mail };
    mail.subject = message.subject().unwrap_or_default().to_owned();
    let addresses = |list: Option<&mail_parser::Address<'_>>| {
        list.map_or_else(Vec::new, |list| {
            let pair = |one: &mail_parser::Addr<'_>| {
                (one.name().unwrap_or_default().to_owned(), one.address().unwrap_or_default().to_owned())
            };
            list.iter().map(pair).collect()
        })
    };
    mail.from = addresses(message.from());
    mail.recipients =
        [message.to(), message.cc(), message.bcc()].into_iter().map(|list| addresses(list).len()).sum();
    for part in &message.parts {
        let attached = part.is_attachment_named();
        match &part.body {
            PartType::Html(text) if !attached => {
                mail.html.get_or_insert_with(|| text.clone().into_owned());
                mail.bodies.push(body(part, true));
            }
            PartType::Text(text) if !attached => {
                mail.text.get_or_insert_with(|| text.clone().into_owned());
                mail.bodies.push(body(part, false));
            }
            PartType::Multipart(_) => {}
            PartType::Html(_)
            | PartType::Text(_)
            | PartType::Binary(_)
            | PartType::InlineBinary(_)
            | PartType::Message(_) => {
                let kind =
                    part.content_type().map(|t| format!("{}/{}", t.ctype(), t.subtype().unwrap_or("?")));
                let shown = part.content_id().is_some() && matches!(part.body, PartType::InlineBinary(_));
                if !shown {
                    mail.attached
                        .push(part.attachment_name().map(str::to_owned).or(kind).unwrap_or_default());
                }
            }
        }
    }
    mail
}

/// What a part says of itself.
trait Attached {
    fn is_attachment_named(&self) -> bool;
}

impl Attached for mail_parser::MessagePart<'_> {
    fn is_attachment_named(&self) -> bool {
        self.content_disposition().is_some_and(|d| d.ctype().eq_ignore_ascii_case("attachment"))
            || self.attachment_name().is_some()
    }
}

fn body(part: &mail_parser::MessagePart<'_>, html: bool) -> Body {
    let charset = part.content_type().and_then(|t| t.attribute("charset")).map(str::to_ascii_lowercase);
    let encoding = part.content_transfer_encoding().unwrap_or_default().to_ascii_lowercase();
    Body { html, charset, encoding, damaged: part.is_encoding_problem }
}

/// Reads the fields as they stand, up to the first empty line.
fn fields(bytes: &[u8], mail: &mut Mail) {
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) {
            match mail.fields.last_mut() {
                Some(field) => {
                    field.value.push(' ');
                    field.value.push_str(line.trim());
                }
                None => mail.stray.push(at + 1),
            }
            continue;
        }
        let named = line.split_once(':').filter(|(name, _)| {
            !name.is_empty() && name.trim_end().bytes().all(|byte| byte.is_ascii_graphic())
        });
        match named {
            Some((name, value)) => mail.fields.push(Field {
                name: name.trim_end().to_ascii_lowercase(),
                value: value.trim().to_owned(),
                line: at + 1,
            }),
            // The envelope line of an mbox.
            None if at == 0 && line.starts_with("From ") => {}
            None => mail.stray.push(at + 1),
        }
    }
}
