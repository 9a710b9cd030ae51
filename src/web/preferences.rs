//! Preferences: the page on which a reader says what they want, and the pages behind it.
//!
//! What opens them is the reader's own token, in each of their letters. Nothing is told of an address that is not theirs.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;

use super::visit::{Visit, handler};
use super::wishes::{self, Post};
use super::{Desk, answer};
use crate::model::{EmailAddress, Instant, Language, Mailbox, Message, MoveStand, Name, NewMail, Reader};
use crate::render::{self, Answers, Choosing, Host, Told, Wrong};
use crate::store::StoreError;

/// So long a new address may be confirmed.
const TO_CONFIRM: TimeDelta = TimeDelta::days(2);
/// So long a mail that tells of a change is tried.
const TO_TELL: TimeDelta = TimeDelta::days(3);

/// The pages of this module.
pub(super) fn routes() -> Router<Arc<Desk>> {
    Router::new()
        .route("/preferences/{token}", get(show).post(save))
        .route("/preferences/{token}/address", post(ask_to_move))
        .route("/preferences/{token}/data", get(data))
        .route("/preferences/{token}/delete", get(to_delete).post(delete))
        .route("/address/{token}", get(to_move).post(move_here))
}

handler! {
    /// Shows what a reader has chosen.
    show, |desk, visit| desk.show_choices(&visit)
}

handler! {
    /// Saves what a reader chooses, and shows it.
    save, |desk, visit| desk.save_choices(&visit)
}

handler! {
    /// Sends a link to the address to which a reader wants to move.
    ask_to_move, |desk, visit| desk.ask_to_move(&visit)
}

handler! {
    /// Gives a reader everything that is kept about them.
    data, |desk, visit| desk.data(&visit)
}

handler! {
    /// Asks whether to delete it.
    to_delete, |desk, visit| desk.to_delete(&visit)
}

handler! {
    /// Deletes it.
    delete, |desk, visit| desk.delete(&visit)
}

handler! {
    /// Asks whether letters come to the address that has this link.
    to_move, |desk, visit| desk.moving(&visit, false)
}

handler! {
    /// Says so.
    move_here, |desk, visit| desk.moving(&visit, true)
}

impl Desk {
    async fn show_choices(&self, visit: &Visit) -> Result<Response, StoreError> {
        if visit.sample {
            return Ok(self.say(visit, None, Told::Sample, None));
        }
        let Some((token, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        let filled = wishes::of(&reader, self, (self.now)());
        Ok(self.choosing_page(visit, token, &reader, filled, Wrong::default(), false))
    }

    async fn save_choices(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((token, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        let (post, now) = (Post::read(&visit.body), (self.now)());
        if !post.is_whole() {
            return self.show_choices(visit).await;
        }
        let wishes = match post.wishes(&reader, self, now) {
            Ok(wishes) => wishes,
            Err(wrong) => {
                let filled = post.filled();
                let mut response = self.choosing_page(visit, token, &reader, filled, wrong, false);
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                return Ok(response);
            }
        };
        self.store.wish(reader.id, &wishes, &self.signing.rules.welcoming, now).await?;
        tracing::info!(request.id = visit.id, subscriber.id = reader.id.0, "preferences saved");
        let reader = self.store.reader(token).await?.unwrap_or(reader);
        let filled = wishes::of(&reader, self, now);
        Ok(self.choosing_page(visit, token, &reader, filled, Wrong::default(), true))
    }

    fn choosing_page(
        &self,
        visit: &Visit,
        token: &str,
        reader: &Reader,
        filled: Answers,
        wrong: Wrong,
        saved: bool,
    ) -> Response {
        let offers = wishes::offers(reader, self);
        let digests = wishes::digests(reader, self);
        let several = wishes::several(reader, self);
        let choosing = Choosing { reader, token, offers, digests, several, filled, wrong, saved };
        let language = self.language_of(reader.language.as_ref(), visit);
        let theme = &self.house.theme;
        self.house.page(StatusCode::OK, render::preferences_page(&choosing, theme, &language, self.host()))
    }

    /// The answer is the same whoever has the address, and however often it was asked for.
    async fn ask_to_move(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((token, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        let (post, now) = (Post::read(&visit.body), (self.now)());
        let to = EmailAddress::parse(&post.address);
        let wrong = match &to {
            Err(_) => Wrong { address: true, ..Wrong::default() },
            Ok(to) if to.as_str() == reader.address.as_str() => Wrong { same: true, ..Wrong::default() },
            Ok(_) => Wrong::default(),
        };
        let (Ok(to), false) = (to, wrong.address || wrong.same) else {
            let filled = Answers { address: post.address, ..wishes::of(&reader, self, now) };
            let mut response = self.choosing_page(visit, token, &reader, filled, wrong, false);
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        };
        let named = self.store.new_move()?;
        let language = self.language_of(reader.language.as_ref(), visit);
        let link = format!("{}/address/{named}", self.public_url);
        let message = render::confirm_address(&link, &self.house.theme, &language, self.host(), now);
        let expires_at = now + TO_CONFIRM;
        let from = wishes::digests(&reader, self).first().map(|digest| digest.from.clone());
        if let Some(mail) = self.mail(format!("address:{named}"), from, to.clone(), message, expires_at) {
            let asked = self.store.ask_to_move(reader.id, &named, &mail, now).await?;
            tracing::info!(request.id = visit.id, subscriber.id = reader.id.0, asked, "another address");
        }
        Ok(self.say(visit, reader.language.as_ref(), Told::Asked(to.as_str()), Some(token)))
    }

    async fn moving(&self, visit: &Visit, here: bool) -> Result<Response, StoreError> {
        let now = (self.now)();
        let Some(token) = visit.token.as_deref() else { return Ok(self.unknown(visit)) };
        let Some(wish) = self.store.wish_to_move(token, now).await? else { return Ok(self.unknown(visit)) };
        let mut stand = wish.stand;
        if here && stand == MoveStand::Open {
            if self.store.move_reader(token, now).await? {
                tracing::info!(request.id = visit.id, "a reader has moved to another address");
                let language = self.language_of(wish.language.as_ref(), visit);
                let (theme, to) = (&self.house.theme, wish.to.as_str());
                let message = render::address_changed(to, theme, &language, self.host(), now);
                let (key, until) = (format!("moved:{token}"), now + TO_TELL);
                let left = self.mail(key, None, wish.from.clone(), message, until);
                if let Some(mail) = left.filter(|_| !wish.suppressed) {
                    self.store.put_mail(&mail, now).await?;
                }
            }
            stand = MoveStand::Done;
        }
        let told = match stand {
            MoveStand::Open => Told::Move(wish.to.as_str()),
            MoveStand::Done => Told::Moved(wish.to.as_str()),
            MoveStand::Over => Told::Over,
        };
        Ok(self.say(visit, wish.language.as_ref(), told, None))
    }

    async fn data(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((_, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        let kept = self.store.kept_about(&reader).await?;
        // Plain values alone: writing them cannot fail.
        let text = serde_json::to_string_pretty(&kept).unwrap_or_default();
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
            (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"my-data.json\"")),
        ];
        Ok((headers, text).into_response())
    }

    async fn to_delete(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((token, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        let told = Told::Delete(reader.address.as_str());
        Ok(self.say(visit, reader.language.as_ref(), told, Some(token)))
    }

    async fn delete(&self, visit: &Visit) -> Result<Response, StoreError> {
        let Some((_, reader)) = self.reader(visit).await? else { return Ok(self.unknown(visit)) };
        self.store.forget_reader(reader.id, (self.now)()).await?;
        tracing::info!(request.id = visit.id, subscriber.id = reader.id.0, "forgotten by their own wish");
        Ok(self.say(visit, reader.language.as_ref(), Told::Deleted, None))
    }

    /// The reader whose page a token opens, if it opens one.
    async fn reader<'v>(&self, visit: &'v Visit) -> Result<Option<(&'v str, Reader)>, StoreError> {
        let Some(token) = visit.token.as_deref() else { return Ok(None) };
        Ok(self.store.reader(token).await?.map(|reader| (token, reader)))
    }

    fn say(&self, visit: &Visit, own: Option<&Language>, told: Told<'_>, back: Option<&str>) -> Response {
        let language = self.language_of(own, visit);
        let page = render::told_page(told, back, &self.house.theme, &language, self.host());
        self.house.page(StatusCode::OK, page)
    }

    /// The reader's own language, or the one that the browser likes best.
    fn language_of(&self, own: Option<&Language>, visit: &Visit) -> Language {
        let theme = &self.house.theme;
        let own = own.filter(|language| theme.speaks(language));
        own.cloned().unwrap_or_else(|| answer::language(&visit.headers, theme))
    }

    fn host(&self) -> Host<'_> {
        Host { title: &self.title, url: &self.public_url }
    }

    /// A mail in the name of a digest that the reader knows, or of the first; `None` if there is no digest at all.
    fn mail(
        &self,
        key: String,
        from: Option<Mailbox>,
        to: EmailAddress,
        message: Message,
        expires_at: Instant,
    ) -> Option<NewMail> {
        let from = from.or_else(|| self.digests.first().map(|(digest, _)| digest.from.clone()))?;
        let purpose = Name::parse("address").ok()?;
        let (to_name, reply_to) = (String::new(), None);
        Some(NewMail { purpose, key: Some(key), to, to_name, from, reply_to, message, expires_at })
    }
}
