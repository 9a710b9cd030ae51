//! The publisher, as the configuration names them: who hears about trouble, and how.

use chrono_tz::Tz;

use crate::config::Config;
use crate::model::Language;
use crate::press::Publisher;
use crate::render::{self, Theme};
use crate::tell::Webhook;

/// Who hears about trouble; what is not said is as in the first digest.
pub(super) fn publisher(config: &Config) -> anyhow::Result<Publisher> {
    let (keys, first) = (&config.publisher, config.digests().into_iter().next());
    let from = keys.from.clone().or_else(|| first.as_ref().map(|digest| digest.from.clone()));
    let webhook = match &keys.webhook {
        Some(url) => Some(Webhook::new(&url.0, keys.webhook_secret.as_ref(), &config.user_agent())?),
        None => None,
    };
    let language = keys.language.clone().or_else(|| first.as_ref().map(|digest| digest.language.clone()));
    Ok(Publisher {
        mail: keys.mail.clone().zip(from),
        webhook,
        desk: render::Desk {
            language: language.unwrap_or_else(Language::english),
            zone: first.map_or(Tz::UTC, |digest| digest.zone),
        },
        theme: Theme::built_in(),
    })
}
