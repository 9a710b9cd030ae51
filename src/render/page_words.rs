//! `pages/<language>.toml`: the words of the pages.

use serde::Deserialize;

use super::error::Fault;
use super::words::{Check, Phrase, parsed};
use crate::model::Language;

/// The words of the pages in one language.
#[derive(Debug, Clone)]
pub(super) struct PageWords {
    /// Which.
    pub(super) language: Language,
    /// What the language calls itself.
    pub(super) name: String,
    /// `{date}`, `{time}`, `{zone}`.
    pub(super) moment: String,
    /// Whether an edition goes out.
    pub(super) approval: ApprovalWords,
    /// What has gone out.
    pub(super) archive: ArchiveWords,
    /// Leaving a list.
    pub(super) leaving: LeavingWords,
    /// The sign-up page, and what it answers.
    pub(super) subscribe: SubscribeWords,
    /// The page that the link in the mail opens.
    pub(super) confirm: ConfirmWords,
    /// The mail that asks whether somebody wants what was asked for in their name.
    pub(super) confirm_mail: ConfirmMailWords,
    /// What went wrong.
    pub(super) trouble: TroubleWords,
    /// What a reader may choose.
    pub(super) preferences: PreferenceWords,
    /// Moving to another address.
    pub(super) moving: MovingWords,
}

/// Declares a table of phrases, each with the placeholders that it may have.
macro_rules! phrases {
    ($(#[$about:meta])* $name:ident, $file:ident { $($key:ident $known:tt,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone)]
        pub(super) struct $name { $(pub(super) $key: String,)* }

        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct $file { $($key: Phrase,)* }

        impl $file {
            fn checked(self, check: &mut Check<'_>) -> $name {
                $name { $($key: check.phrase(stringify!($key), self.$key, &$known),)* }
            }
        }
    };
}

phrases! {
    /// Questions, labels and answers of the approval page.
    ApprovalWords, ApprovalFile {
        question [], subject [], due [], readers [], deadline [], else_send [], else_skip [], approve [], cancel [],
        hint [], edition [], approved [], approved_text [], released [], released_text ["at"], finished [],
        finished_text ["at"], cancelled [], cancelled_text [], over [], over_send ["by"], over_skip ["by"], no_digest [],
        no_digest_text [],
    }
}

phrases! {
    /// What the list of editions says, and their web copies.
    ArchiveWords, ArchiveFile { subscribe [], all [], feed [], empty [], older [], further [], }
}

phrases! {
    /// What the page says on which a reader leaves a list.
    LeavingWords, LeavingFile {
        question ["list"], question_text [], leave [], left ["list"], left_text [], left_all [], left_all_text [],
        undo_text [], undo [], back ["list"], back_text [], others [], leave_all [], why [], why_note [], too_many [],
        not_for_me [], never_asked [], other [], tell [], thanks [], forgotten [], forgotten_text [], sample [],
        sample_text [],
    }
}

phrases! {
    /// Headings and sentences of the pages that say what went wrong.
    TroubleWords, TroubleFile {
        unknown [], unknown_text [], missing [], missing_text [], refused [], refused_text [], failed [],
        failed_text ["id"],
    }
}

phrases! {
    /// The sign-up page, and what it answers.
    SubscribeWords, SubscribeFile {
        title [], lists [], address [], name [], name_hint [], button [], promise [], promise_at_once [], next ["at"],
        several_a_day [], daily [], weekdays [], several [], weekly [], rarely [], monthly [], sample [],
        nothing [], trap [], faults [], address_missing [], address_wrong [], list_missing [], quick [], stale [],
        doubt [], did_you_mean ["address", "other"], take_other ["other"], take_own ["address"], no_mail ["domain"],
        go_on ["address"], change [], sent [], sent_text ["address"], sent_hint [], done [], done_text ["address"],
        busy [], busy_text [], back [],
    }
}

phrases! {
    /// The page that the link in the mail opens.
    ConfirmWords, ConfirmFile {
        question [], text ["address"], button [], hint [], done [], done_text ["address"], done_hint [], before [],
        before_text ["at"], expired [], expired_text ["at"], again [],
    }
}

phrases! {
    /// The mail that asks whether somebody wants what was asked for in their name.
    ConfirmMailWords, ConfirmMailFile {
        subject ["lists"], intro ["address", "site", "at"], lists [], button [], plain [], until ["at"], ignore [],
        why ["network"], known_subject ["lists"], known_lists [], known_button [], known_ignore [],
    }
}

phrases! {
    /// What a reader may choose.
    PreferenceWords, PreferenceFile {
        heading [], for_address ["address"], suppressed [], saved [], wrong [], wrong_name [], wrong_zone [],
        wrong_language [], wrong_day [], wrong_address [], same_address [], lists [], digests [], topics ["title"],
        you [], name [], language [], language_any [], zone [], zone_any [], zone_hint [], letters [], plain [],
        plain_about [], pause [], pause_hint [], save [], address [], address_text [], new_address [],
        address_send [], asked [], asked_text ["address"], data [], data_text [], download [], delete [],
        delete_heading [], delete_text ["address"], delete_button [], keep [], deleted [], deleted_text [],
        sample [], sample_text [],
    }
}

phrases! {
    /// Moving to another address: pages and mails.
    MovingWords, MovingFile {
        question [], question_text ["address"], button [], moved [], moved_text ["address"], over [], over_text [],
        subject [], intro [], link [], why ["title"], told_subject [], told_intro ["address", "title"],
        told_why ["title"],
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Phrase,
    moment: Phrase,
    approval: ApprovalFile,
    archive: ArchiveFile,
    leaving: LeavingFile,
    subscribe: SubscribeFile,
    confirm: ConfirmFile,
    confirm_mail: ConfirmMailFile,
    trouble: TroubleFile,
    preferences: PreferenceFile,
    moving: MovingFile,
}

impl PageWords {
    /// Parses a word file; what is wrong goes to `faults`.
    pub(super) fn parse(
        language: &Language,
        file: &str,
        text: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<Self> {
        let words: File = parsed(file, text, faults)?;
        let mut check = Check { file, text, faults };
        Some(Self {
            language: language.clone(),
            name: check.phrase("name", words.name, &[]),
            moment: check.phrase("moment", words.moment, &["date", "time", "zone"]),
            approval: words.approval.checked(&mut check),
            archive: words.archive.checked(&mut check),
            leaving: words.leaving.checked(&mut check),
            subscribe: words.subscribe.checked(&mut check),
            confirm: words.confirm.checked(&mut check),
            confirm_mail: words.confirm_mail.checked(&mut check),
            trouble: words.trouble.checked(&mut check),
            preferences: words.preferences.checked(&mut check),
            moving: words.moving.checked(&mut check),
        })
    }
}
