//! The parts that elements play in a mail, and what each looks like.

macro_rules! roles {
    ($($role:ident $class:literal $what:literal)+) => {
        /// The part that an element plays; the theme styles it by its class.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Role {
            $(#[doc = $what] $role),+
        }

        impl Role {
            /// Every role, in the order of the page.
            pub const ALL: &'static [Self] = &[$(Self::$role),+];

            /// The class by which `mail.css` and the kept `@media` rules name it.
            #[must_use]
            pub const fn class(self) -> &'static str {
                match self {
                    $(Self::$role => $class),+
                }
            }
        }
    };
}

roles! {
    Page "page" "The ground behind the sheet."
    Preheader "preheader" "The line that an inbox shows beside the subject."
    Margin "margin" "The cell between the ground and the sheet."
    Sheet "sheet" "The sheet on which everything stands."
    Column "column" "The cell whose padding makes the column of text."
    Masthead "masthead" "The cell of the digest's title."
    Title "title" "The digest's title (h1)."
    Logo "logo" "The logo in its place."
    Band "band" "The cell of the band under the title."
    Dateline "dateline" "The date in the band."
    Ear "ear" "The quiet links in the band."
    EarLink "ear-link" "One of them."
    Standfirst "standfirst" "The sentence above the first article."
    Intro "intro" "What a mail that is no digest says first."
    LeadPicture "lead-picture" "The cell of the large picture."
    LeadImage "lead-image" "The large picture."
    Lead "lead" "The cell of the story that opens the digest."
    LeadTitle "lead-title" "Its title (h2)."
    LeadSummary "lead-summary" "Its summary."
    Section "section" "The cell of a section's heading."
    SectionTitle "section-title" "A section's heading."
    Card "card" "The cell of an article."
    CardFirst "card-first" "The cell of the first article of a section."
    Wide "wide" "The cell of a picture above an article."
    WideImage "wide-image" "The picture above an article."
    Pair "pair" "The cell of two articles side by side."
    Half "half" "The block of one of them."
    HalfCell "half-cell" "Its cell."
    HalfImage "half-image" "Its picture."
    HalfTitle "half-title" "Its title (h2)."
    Line "line" "The cell of an article in one line."
    LineFirst "line-first" "The cell of the first one of a section."
    LineTitle "line-title" "Its title (h2)."
    LineMeta "line-meta" "Source, author and date behind it."
    CardRow "card-row" "The row of an article and the picture beside it."
    CardWords "card-words" "The cell of its words."
    Thumb "thumb" "The cell of the picture beside an article."
    ThumbImage "thumb-image" "The picture beside an article."
    Gap "gap" "The cell between text and picture."
    Kicker "kicker" "The source, above the title."
    CardTitle "card-title" "An article's title (h2)."
    TitleLink "title-link" "The link of a title."
    PictureLink "picture-link" "The link of a picture, and its text while pictures are off."
    Summary "summary" "An article's summary."
    Meta "meta" "Author, date, and where an article is read."
    ReadLink "read-link" "The link that says where."
    Actions "actions" "The cell of a question's buttons."
    Action "action" "The cell of the button that is expected."
    ActionLink "action-link" "Its link."
    Other "other" "The cell of the other button."
    OtherLink "other-link" "Its link."
    More "more" "The cell that says how many articles are on the web only."
    MoreText "more-text" "Its words."
    MoreLink "more-link" "Its link."
    Foot "foot" "The cell of the footer."
    FootText "foot-text" "Why the reader gets this, and who sends it."
    FootLinks "foot-links" "The footer's line of links."
    FootLink "foot-link" "One of them."
}

/// A theme's styles, finished: one `style` attribute per role and the rules that stay in `<style>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// How wide the sheet is, in pixels, where a client knows no `max-width`.
    pub sheet: u32,
    /// How much of the column a picture beside an article takes, in percent.
    pub thumb: u32,
    /// What stands in the masthead in place of the title.
    pub logo: Option<Logo>,
    /// The declarations of each role, by the order of [`Role::ALL`].
    pub styles: Vec<String>,
    /// Whether the kept rules name the role, so that its class must be written; by the same order.
    pub kept: Vec<bool>,
    /// The `@media` rules.
    pub media: String,
    /// The dark rules again, in the form that Outlook's apps understand.
    pub outlook: String,
}

/// A picture in place of the digest's title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// Where it is: an absolute https URL.
    pub url: String,
    /// What it says; `None` for the digest's title.
    pub alt: Option<String>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

impl Look {
    /// The declarations of a role; empty if the theme says nothing of it.
    #[must_use]
    pub fn style(&self, role: Role) -> &str {
        self.styles.get(role as usize).map_or("", String::as_str)
    }

    /// The class of a role, if a kept rule needs it.
    #[must_use]
    pub fn class(&self, role: Role) -> Option<&'static str> {
        self.kept.get(role as usize).copied().unwrap_or_default().then(|| role.class())
    }
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn no_two_roles_share_a_class() {
        let mut classes: Vec<_> = Role::ALL.iter().map(|r| r.class()).collect();
        classes.sort_unstable();
        classes.dedup();
        assert_eq!(classes.len(), Role::ALL.len());
        assert!(Role::ALL.iter().enumerate().all(|(i, role)| *role as usize == i));
    }
}
